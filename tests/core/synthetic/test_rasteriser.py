import numpy as np

from mnist_core.ink.preprocessing import LINE_WIDTH, preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.synthetic.pen import PIECES, write_digits
from mnist_core.synthetic.rasteriser import BLUR, LINE_WIDTHS, rasterise_digits, sample_pens


def test_with_the_pen_of_the_ink_pipeline_the_images_are_the_same() -> None:
    differences, shifted = [], 0
    for digit in range(10):
        drawn = write_digits(digit, 12, np.random.default_rng(digit))
        ours = rasterise_digits(drawn, np.full((12, PIECES), LINE_WIDTH / 2), np.full(12, BLUR))
        for pieces, image in zip(drawn, ours, strict=True):
            stages = preprocess(Strokes(tuple((pieces - pieces.min(axis=(0, 1))) * 180 + 40)))
            assert stages is not None
            by_shift = {
                shift: float(np.abs(np.roll(image, shift, axis=(0, 1)) - stages.centre).mean())
                for shift in ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
            }
            shifted += min(by_shift, key=by_shift.__getitem__) != (0, 0)
            differences.append(min(by_shift.values()))
    assert np.mean(differences) < 0.01 and max(differences) < 0.02
    assert shifted <= 0.1 * len(differences)


def test_cutting_lines_into_shorter_pieces_does_not_change_the_image() -> None:
    corners = np.array([[0.0, 0.0], [0.1, 0.5], [0.0, 1.0], [0.4, 0.9]])
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    finer = np.sort(np.concatenate([lengths, np.linspace(0, lengths[-1], 60)]))
    cut = np.stack([np.interp(finer, lengths, corners[:, axis]) for axis in (0, 1)], axis=1)
    coarse, fine = (
        rasterise_digits(np.stack([line[:-1], line[1:]], axis=1)[None], np.full((1, len(line) - 1), 1.5), np.ones(1))
        for line in (corners, cut)
    )
    np.testing.assert_allclose(coarse, fine, atol=1e-3)


def test_a_thicker_pen_leaves_more_ink() -> None:
    drawn = write_digits(8, 20, np.random.default_rng(0))
    inks = [
        rasterise_digits(drawn, np.full((20, PIECES), radius), np.ones(20)).mean(axis=(1, 2))
        for radius in (0.6, 1.2, 2.0)
    ]
    assert (inks[0] < inks[1]).all() and (inks[1] < inks[2]).all()


def test_pens_have_the_allowed_widths_and_differ() -> None:
    radius, blur = sample_pens(500, 10, np.random.default_rng(0))
    assert radius.shape == (500, 10) and blur.shape == (500,)
    thinnest, thickest = (width / 2 for width in LINE_WIDTHS)
    assert radius.min() >= 0.75 * thinnest and radius.max() <= 1.2 * thickest
    assert len(np.unique(radius[:, 0])) > 400 and (blur > 0).all()
