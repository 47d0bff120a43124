"""Each handwriting style adds or removes the ink that its description promises."""

import math

import pytest
import torch

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX, INK_THRESHOLD
from mnist_core.training.handwriting_styles import STYLES, UNSTYLED, WIDE, apply_styles, mnist_placement

TOP, BOTTOM = 18, 38  # px, the first and one past the last row of the digits
MIDDLE = WIDE // 2  # px, the middle column of an upright stem


def stems(count: int = 40) -> torch.Tensor:
    """Upright stems in the middle of wide paper, (N, WIDE, WIDE)."""
    pixels = torch.zeros(count, WIDE, WIDE)
    pixels[:, TOP:BOTTOM, MIDDLE - 1 : MIDDLE + 2] = 1.0
    return pixels


def rings(count: int = 40) -> torch.Tensor:
    """0s: rings with an empty middle."""
    row = torch.arange(WIDE)
    y, x = torch.meshgrid(row, row, indexing="ij")
    distance = torch.hypot((x - MIDDLE) / 7, (y - MIDDLE) / 10)
    return ((distance - 1).abs() < 0.2).float().expand(count, -1, -1).clone()


def fours(count: int = 40) -> torch.Tensor:
    """4s: an arm on the left down to a crossbar, and a stem on the right all the way."""
    pixels = torch.zeros(count, WIDE, WIDE)
    pixels[:, TOP:30, 21:24] = 1.0
    pixels[:, 28:31, 21:34] = 1.0
    pixels[:, TOP:BOTTOM, 31:34] = 1.0
    return pixels


def restyled(name: str, pixels: torch.Tensor, seed: int = 0) -> torch.Tensor:
    (style,) = (style for style in STYLES if style.name == name)
    return style.restyle(pixels.clone(), torch.Generator().manual_seed(seed))


def edges(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Left, top, right and bottom of the ink, (N,) each; right and bottom are exclusive."""
    inked = [torch.nonzero(image >= INK_THRESHOLD) for image in pixels]
    top, left = torch.stack([positions.amin(dim=0) for positions in inked]).T
    bottom, right = torch.stack([positions.amax(dim=0) for positions in inked]).T
    return left, top, right + 1, bottom + 1


@pytest.mark.parametrize(
    "name",
    ["base", "flag", "flag and base", "bar", "hanging bar", "tied bar", "tail", "neck"],
)
def test_a_style_that_adds_a_line_removes_no_ink(name: str) -> None:
    changed = restyled(name, stems())
    assert (changed >= stems() - 1e-6).all()
    assert (changed.sum(dim=(1, 2)) > stems().sum(dim=(1, 2))).all()
    assert float(changed.max()) <= 1.0


@pytest.mark.parametrize(("name", "least", "most"), [("slash", 20, 90), ("level slash", -25, 25)])
def test_a_slash_goes_through_the_middle_of_a_zero_at_its_angle(name: str, least: float, most: float) -> None:
    changed = restyled(name, rings())
    assert (changed >= rings() - 1e-6).all()
    assert (changed[:, MIDDLE - 2 : MIDDLE + 3, MIDDLE - 2 : MIDDLE + 3].amax(dim=(1, 2)) > 0.9).all()
    beyond = 0
    for added in changed - rings():
        y, x = torch.nonzero(added >= INK_THRESHOLD).double().T
        covariance = torch.cov(torch.stack([x, -y]))  # y is up
        across, up = torch.linalg.eigh(covariance).eigenvectors[:, 1].tolist()
        angle = math.degrees(math.atan2(up, across))
        assert least <= (angle + 90) % 180 - 90 <= most
        beyond += bool((torch.hypot((x - MIDDLE) / 7, (y - MIDDLE) / 10) > 1.4).any())
    assert 0 < beyond < len(changed)  # some end within the 0 and some beyond it


def test_a_dot_stays_in_the_middle_of_a_zero() -> None:
    added = restyled("dot", rings()) - rings()
    y, x = torch.nonzero(added.amax(dim=0) >= INK_THRESHOLD).T
    assert (torch.hypot((x - MIDDLE) / 7, (y - MIDDLE) / 10) < 0.85).all()
    assert (added.sum(dim=(1, 2)) > 1).all()


def test_a_base_extends_to_both_sides_and_a_flag_to_the_left() -> None:
    left, top, right, bottom = edges(restyled("base", stems()))
    assert (left < MIDDLE - 1).all() and (right > MIDDLE + 2).all() and (top == TOP).all()
    left, top, right, bottom = edges(restyled("flag", stems()))
    assert (left < MIDDLE - 1).all() and (right <= MIDDLE + 3).all() and (bottom == BOTTOM).all()


def test_a_tail_ends_on_the_left_and_a_neck_at_the_top() -> None:
    left, top, _, _ = edges(restyled("tail", stems()))
    assert (left < MIDDLE - 1).all() and (top == TOP).all()
    _, top, _, bottom = edges(restyled("neck", stems()))
    assert (top < TOP).all() and (bottom == BOTTOM).all()


def test_a_bow_keeps_the_head_and_replaces_the_rest() -> None:
    changed = restyled("bow", stems())
    head = slice(0, TOP + 9)
    assert torch.equal(changed[:, head] >= INK_THRESHOLD, stems()[:, head] >= INK_THRESHOLD)
    assert not torch.equal(changed, stems())


def test_an_arch_keeps_the_loop_and_leads_over_it_and_down_on_the_right() -> None:
    changed = restyled("arch", stems())
    loop = slice(TOP, TOP + 7)
    assert (changed[:, loop] >= stems()[:, loop] - 1e-6).all()
    assert (changed[:, TOP + 13 : TOP + 15, : MIDDLE + 3].sum(dim=(1, 2)) < 1).float().mean() > 0.9  # the stem is gone
    _, top, right, bottom = edges(changed)
    assert (right > MIDDLE + 5).all() and (bottom > TOP + 13).all() and (top >= TOP - 7).all()


def test_a_narrow_digit_is_as_high_as_before_and_a_third_to_three_quarters_as_wide() -> None:
    boxes = torch.zeros(40, WIDE, WIDE)
    boxes[:, TOP:BOTTOM, MIDDLE - 8 : MIDDLE + 8] = 1.0
    left, top, right, bottom = edges(restyled("narrow", boxes))
    assert (top == TOP).all() and (bottom == BOTTOM).all()
    width = (right - left) / 16
    assert (width > 0.3).all() and (width < 0.8).all() and width.max() - width.min() > 0.3


def test_an_armless_4_loses_its_arm_and_keeps_its_other_strokes() -> None:
    changed = restyled("armless", fours())
    assert float(changed[:, TOP:26, 31:34].sum()) == 0  # the arm on the right, above the crossbar
    assert torch.equal(changed[:, :, 21:24], fours()[:, :, 21:24])
    assert torch.equal(changed[:, 31:BOTTOM], fours()[:, 31:BOTTOM])


def test_a_bolt_has_a_crossbar_that_slopes_down_to_the_right() -> None:
    changed, rows = restyled("bolt", fours()), torch.arange(WIDE)
    heights = (changed * rows[None, :, None]).sum(dim=1) / changed.sum(dim=1).clamp_min(1e-6)  # of each column's ink
    assert (heights[:, MIDDLE + 3] > heights[:, MIDDLE - 2]).all()
    left, _, right, _ = edges(changed)
    assert (right - left <= 13 * 1.1 + 2).all()


def test_a_tied_bar_extends_to_both_sides_of_the_stem() -> None:
    left, top, right, _ = edges(restyled("tied bar", stems()))
    assert (left < MIDDLE - 1).float().mean() > 0.8  # a narrow curve is hidden by the stem
    assert (right > MIDDLE + 2).all() and (top == TOP).all()


def test_a_4_of_another_shape_is_not_changed() -> None:
    assert torch.equal(restyled("armless", stems()), stems())  # all of the ink above its "crossbar" is the arm


def test_each_style_is_applied_to_its_share_of_its_digit_only() -> None:
    pixels, labels = stems(2_000), torch.arange(2_000) % 10
    changed = apply_styles(pixels, labels, 1.0, torch.Generator().manual_seed(0))
    is_same = (pixels == stems(2_000)).all(dim=2).all(dim=1)
    for digit in range(10):
        shares = [style.share for style in STYLES if style.digit == digit]
        changed_share = torch.isin(torch.nonzero(labels == digit)[:, 0], changed).float().mean()
        assert float(changed_share) == pytest.approx(1 - math.prod(1 - share for share in shares), abs=0.12)
        assert bool(is_same[labels == digit].all()) == (not shares)


def test_unstyled_digits_are_not_changed() -> None:
    pixels = stems()
    changed = apply_styles(pixels, torch.full((40,), UNSTYLED), 1.0, torch.Generator().manual_seed(0))
    assert len(changed) == 0 and torch.equal(pixels, stems())


def test_strength_0_changes_no_digit() -> None:
    pixels = stems()
    changed = apply_styles(pixels, torch.full((40,), 9), 0.0, torch.Generator().manual_seed(0))
    assert len(changed) == 0 and torch.equal(pixels, stems())


def test_the_placement_fits_a_digit_into_the_box_and_centres_its_mass() -> None:
    pixels = torch.zeros(1, WIDE, WIDE)
    pixels[0, 4:34, 30:36] = 1.0  # 30 px high, its middle at (33, 19) px from the corner
    ((scale_x, _, x), (_, scale_y, y), _) = mnist_placement(pixels)[0].tolist()
    assert scale_x == scale_y == pytest.approx(30 / BOX)
    assert (x * SIDE / 2 + WIDE / 2, y * SIDE / 2 + WIDE / 2) == pytest.approx((33, 19), abs=1e-4)


def test_a_blank_image_is_placed_at_a_finite_scale() -> None:
    assert mnist_placement(torch.zeros(1, WIDE, WIDE)).isfinite().all()


def test_the_names_of_the_styles_are_unique() -> None:
    assert len({style.name for style in STYLES}) == len(STYLES)
