"""A QR code is read back by a small decoder of its own, which knows codes of one block (ISO/IEC 18004)."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
import segno

from mnist_core.sharing.qr_code import MAX_LENGTH, QUIET_ZONE, qr_svg

LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
DATA_BYTES = {  # (version, level): bytes of data, for codes of one block
    (1, "L"): 19,
    (1, "M"): 16,
    (1, "Q"): 13,
    (1, "H"): 9,
    (2, "L"): 34,
    (2, "M"): 28,
    (2, "Q"): 22,
    (2, "H"): 16,
    (3, "L"): 55,
    (3, "M"): 44,
}
MASKS: list[Callable[[int, int], bool]] = [
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
]


def modules(svg: str) -> np.ndarray:
    """Return the code with its quiet zone: (n, n) bool, True for dark."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    dark = np.zeros((height, width), dtype=bool)
    (path,) = [each for each in root if each.attrib.get("stroke") == "#000"]
    x, y = 0, 0.0
    for command, values in re.findall(r"([Mmh])([-\d. ]+)", path.attrib["d"]):
        numbers = [float(value) for value in re.findall(r"-?[\d.]+", values)]
        if command == "M":
            x, y = int(numbers[0]), numbers[1]
        elif command == "m":
            x, y = x + int(numbers[0]), y + numbers[1]
        else:
            dark[int(y), x : x + int(numbers[0])] = True
            x += int(numbers[0])
    return dark


def decoded(code: np.ndarray) -> str:
    """Return the text of a code without its quiet zone."""
    size = len(code)
    version = (size - 17) // 4
    places = [*((8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)), *((row, 8) for row in (7, 5, 4, 3, 2, 1, 0))]
    form = int("".join(str(int(code[place])) for place in places), 2) ^ 0b101010000010010
    level, mask = LEVELS[form >> 13], MASKS[form >> 10 & 7]
    is_data = np.ones_like(code)
    is_data[:9, :9] = is_data[:9, -8:] = is_data[-8:, :9] = is_data[6] = is_data[:, 6] = False
    if version > 1:
        is_data[size - 9 : size - 4, size - 9 : size - 4] = False
    bits = ""
    columns = [column for column in range(size - 1, 0, -1) if column != 6]
    rights = [column for place, column in enumerate(c for c in range(size - 1, -1, -1) if c != 6) if place % 2 == 0]
    assert columns[0] == rights[0]
    for number, right in enumerate(rights):
        for row in range(size)[:: 1 if number % 2 else -1]:
            for column in (right, right - 1):
                if is_data[row, column]:
                    bits += str(int(code[row, column] ^ mask(row, column)))
    bits = bits[: 8 * DATA_BYTES[version, level]]
    assert bits[:4] == "0100", "not in byte mode"
    length = int(bits[4:12], 2)
    return bytes(int(bits[at : at + 8], 2) for at in range(12, 12 + 8 * length, 8)).decode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "https://a.org/?d=1",
        "https://digits.org/?d=1Qa_b",
        "https://example.org/?drawing=1a-b_c9",
        "https://example.org/draw?drawing=1AbCdEf-_012",
        "http://10.0.0.7:8501/?drawing=1AbCdEf-_0123456789zZ",
    ],
)
def test_a_link_is_read_back_from_its_code(text: str) -> None:
    dark = modules(qr_svg(text))
    inner = dark[QUIET_ZONE:-QUIET_ZONE, QUIET_ZONE:-QUIET_ZONE]
    assert dark.sum() == inner.sum(), "the quiet zone must be light"
    assert decoded(inner) == text


@pytest.mark.parametrize("length", [1, 100, 500, MAX_LENGTH])
def test_a_code_of_any_length_is_whole_and_no_larger_than_needed(length: int) -> None:
    text = ("https://example.org/?drawing=" + "aB3-_" * 400)[:length]
    inner = modules(qr_svg(text))[QUIET_ZONE:-QUIET_ZONE, QUIET_ZONE:-QUIET_ZONE]
    assert np.array_equal(inner, np.array(segno.make_qr(text, error="l").matrix, dtype=bool))
    finder = np.pad(np.pad(np.ones((3, 3), dtype=bool), 1), 1, constant_values=True)
    assert all(np.array_equal(corner, finder) for corner in (inner[:7, :7], inner[:7, -7:], inner[-7:, :7]))
    assert (len(inner) - 17) // 4 <= 33  # of 40 versions


def test_a_code_is_dark_on_light_in_every_theme_and_takes_the_size_of_its_place() -> None:
    root = ElementTree.fromstring(qr_svg("https://example.org"))
    paper, code = root
    side = root.attrib["viewBox"].split()[-1]
    assert paper.attrib == {"fill": "#fff", "d": f"M0 0h{side}v{side}h-{side}z"}
    assert code.attrib["stroke"] == "#000"
    assert "width" not in root.attrib and "height" not in root.attrib


@pytest.mark.parametrize("text", ["", "a" * (MAX_LENGTH + 1), "€" * MAX_LENGTH])
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="QR code"):
        qr_svg(text)


def test_markup_in_a_text_is_not_in_the_picture() -> None:
    assert "script" not in qr_svg("https://example.org/<script>")
