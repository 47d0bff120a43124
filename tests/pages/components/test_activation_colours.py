import base64

import numpy as np
import pytest
import torch

from app_pages.components.activation_colours import NEGATIVE, diverging_colours, packed_bytes, packed_floats
from app_pages.components.html import ACCENT, PAPER


def test_bytes_keep_the_sign_and_stand_for_the_value_within_half_a_step() -> None:
    values = torch.tensor([[-2.0, 0.0], [0.5, 1.999]])
    text, scale = packed_bytes(values)
    back = np.frombuffer(base64.b64decode(text), np.int8).reshape(2, 2) / 127 * scale
    assert scale == 2
    assert back == pytest.approx(values.numpy(), abs=scale / 254)
    assert back[0, 1] == 0


def test_zeros_have_a_scale_that_can_be_divided_by() -> None:
    text, scale = packed_bytes(torch.zeros(3))
    assert (base64.b64decode(text), scale) == (b"\0\0\0", 1.0)


def test_several_pictures_can_share_a_scale() -> None:
    text, scale = packed_bytes(torch.tensor([1.0]), scale=2.0)
    assert (base64.b64decode(text)[0], scale) == (64, 2.0)


def test_floats_are_exact_and_little_endian() -> None:
    values = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    back = np.frombuffer(base64.b64decode(packed_floats(values.T)), "<f4").reshape(3, 2)
    assert np.array_equal(back, values.T.numpy())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_the_theme(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("html", "activation_colours"):
        monkeypatch.setattr(f"app_pages.components.{module}.theme_type", lambda: theme)
    assert diverging_colours() == (NEGATIVE[theme], PAPER[theme], ACCENT[theme])
