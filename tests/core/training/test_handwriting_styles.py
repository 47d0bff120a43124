"""The habits of other hands: each adds, or takes, the ink that it says, on the digit that has it."""

import pytest
import torch

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX, INK_THRESHOLD
from mnist_core.training.handwriting_styles import STYLES, UNSTYLED, WIDE, apply_styles, mnist_placement

TOP, BOTTOM = 18, 38  # px, where the made digits begin and end
MIDDLE = WIDE // 2  # px, where an upright stem stands


def stems(count: int = 40) -> torch.Tensor:
    """Upright stems in the middle of wide paper, (N, WIDE, WIDE)."""
    pixels = torch.zeros(count, WIDE, WIDE)
    pixels[:, TOP:BOTTOM, MIDDLE - 1 : MIDDLE + 2] = 1.0
    return pixels


def fours(count: int = 40) -> torch.Tensor:
    """4s: an arm on the left down to a crossbar, and a stem on the right all the way."""
    pixels = torch.zeros(count, WIDE, WIDE)
    pixels[:, TOP:30, 21:24] = 1.0
    pixels[:, 28:31, 21:34] = 1.0
    pixels[:, TOP:BOTTOM, 31:34] = 1.0
    return pixels


def given(name: str, pixels: torch.Tensor, seed: int = 0) -> torch.Tensor:
    (habit,) = {habit for _, _, habit in STYLES if habit.__name__ == name}
    return habit(pixels.clone(), torch.Generator().manual_seed(seed))


def edges(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Left, top, right and bottom of the ink, (N,) each; the last two are one past it."""
    found = [torch.nonzero(picture >= INK_THRESHOLD) for picture in pixels]
    (top, left), (bottom, right) = (torch.stack([f(each) for each in found]).T for f in (least, most))
    return left, top, right + 1, bottom + 1


def least(places: torch.Tensor) -> torch.Tensor:
    return places.amin(dim=0)


def most(places: torch.Tensor) -> torch.Tensor:
    return places.amax(dim=0)


@pytest.mark.parametrize(
    "name",
    ["_base", "_flag", "_flag_and_base", "_bar", "_hanging_bar", "_tied_bar", "_tail", "_neck"],
    ids=lambda name: name[1:],
)
def test_a_habit_that_adds_a_line_takes_no_ink_away(name: str) -> None:
    changed = given(name, stems())
    assert (changed >= stems() - 1e-6).all()
    assert (changed.sum(dim=(1, 2)) > stems().sum(dim=(1, 2))).all()
    assert float(changed.max()) <= 1.0


def test_a_base_is_under_the_stem_on_both_sides_and_a_flag_above_to_the_left() -> None:
    left, top, right, bottom = edges(given("_base", stems()))
    assert (left < MIDDLE - 1).all() and (right > MIDDLE + 2).all() and (top == TOP).all()
    left, top, right, bottom = edges(given("_flag", stems()))
    assert (left < MIDDLE - 1).all() and (right <= MIDDLE + 3).all() and (bottom == BOTTOM).all()


def test_a_tail_ends_to_the_left_and_a_neck_leads_up() -> None:
    left, top, _, _ = edges(given("_tail", stems()))
    assert (left < MIDDLE - 1).all() and (top == TOP).all()
    _, top, _, bottom = edges(given("_neck", stems()))
    assert (top < TOP).all() and (bottom == BOTTOM).all()


def test_a_bow_keeps_the_head_and_writes_the_rest_anew() -> None:
    changed = given("_bow", stems())
    head = slice(0, TOP + 9)
    assert torch.equal(changed[:, head] >= INK_THRESHOLD, stems()[:, head] >= INK_THRESHOLD)
    assert not torch.equal(changed, stems())


def test_an_arch_keeps_the_loop_on_the_left_and_leads_over_it_and_down() -> None:
    changed = given("_arch", stems())
    loop = slice(TOP, TOP + 7)
    assert (changed[:, loop] >= stems()[:, loop] - 1e-6).all()
    assert (changed[:, TOP + 13 : TOP + 15, : MIDDLE + 3].sum(dim=(1, 2)) < 1).float().mean() > 0.9  # the stem is gone
    _, top, right, bottom = edges(changed)
    assert (right > MIDDLE + 5).all() and (bottom > TOP + 13).all() and (top >= TOP - 7).all()


def test_a_narrow_digit_is_as_high_as_before_and_a_third_to_three_quarters_as_wide() -> None:
    boxes = torch.zeros(40, WIDE, WIDE)
    boxes[:, TOP:BOTTOM, MIDDLE - 8 : MIDDLE + 8] = 1.0
    left, top, right, bottom = edges(given("_narrow", boxes))
    assert (top == TOP).all() and (bottom == BOTTOM).all()
    width = (right - left) / 16
    assert (width > 0.3).all() and (width < 0.8).all() and width.max() - width.min() > 0.3


def test_the_arm_of_a_4_goes_and_its_other_strokes_stay() -> None:
    changed = given("_armless", fours())
    assert float(changed[:, TOP:26, 31:34].sum()) == 0  # the arm on the right, above the crossbar
    assert torch.equal(changed[:, :, 21:24], fours()[:, :, 21:24])
    assert torch.equal(changed[:, 31:BOTTOM], fours()[:, 31:BOTTOM])


def test_a_bolt_has_no_arm_and_its_crossbar_falls_to_the_right() -> None:
    changed, rows = given("_bolt", fours()), torch.arange(WIDE)
    heights = (changed * rows[None, :, None]).sum(dim=1) / changed.sum(dim=1).clamp_min(1e-6)  # of each column's ink
    assert (heights[:, MIDDLE + 3] > heights[:, MIDDLE - 2]).all()
    left, _, right, _ = edges(changed)
    assert (right - left <= 13 * 1.1 + 2).all()


def test_a_tied_bar_leaves_the_foot_of_a_7_to_the_left_and_crosses_the_stem() -> None:
    left, top, right, _ = edges(given("_tied_bar", stems()))
    assert (left < MIDDLE - 1).float().mean() > 0.8  # the bow of a narrow one hides behind the stem
    assert (right > MIDDLE + 2).all() and (top == TOP).all()


def test_a_4_of_another_kind_is_left_alone() -> None:
    assert torch.equal(given("_armless", stems()), stems())  # nothing but the arm is above its "crossbar"


def test_each_digit_gets_its_own_habits_in_its_share_and_the_others_none() -> None:
    pixels, labels = stems(2_000), torch.arange(2_000) % 10
    touched = apply_styles(pixels, labels, 1.0, torch.Generator().manual_seed(0))
    same = (pixels == stems(2_000)).all(dim=2).all(dim=1)
    for digit in range(10):
        share = 1.0
        for _, part, _ in (habit for habit in STYLES if habit[0] == digit):
            share *= 1 - part
        chosen = torch.isin(torch.nonzero(labels == digit)[:, 0], touched).float().mean()
        assert float(chosen) == pytest.approx(1 - share, abs=0.12)
        assert same[labels == digit].all() == (digit not in {digit for digit, _, _ in STYLES})


def test_a_digit_that_stays_as_written_has_no_habits() -> None:
    pixels = stems()
    touched = apply_styles(pixels, torch.full((40,), UNSTYLED), 1.0, torch.Generator().manual_seed(0))
    assert len(touched) == 0 and torch.equal(pixels, stems())


def test_without_strength_nobody_has_habits() -> None:
    pixels = stems()
    touched = apply_styles(pixels, torch.full((40,), 9), 0.0, torch.Generator().manual_seed(0))
    assert len(touched) == 0 and torch.equal(pixels, stems())


def test_a_placement_brings_any_digit_into_the_box_and_its_mass_to_the_middle() -> None:
    pixels = torch.zeros(1, WIDE, WIDE)
    pixels[0, 4:34, 30:36] = 1.0  # 30 px high, its middle at (33, 19) px from the corner
    ((scale_x, _, x), (_, scale_y, y), _) = mnist_placement(pixels)[0].tolist()
    assert scale_x == scale_y == pytest.approx(30 / BOX)
    assert (x * SIDE / 2 + WIDE / 2, y * SIDE / 2 + WIDE / 2) == pytest.approx((33, 19), abs=1e-4)
