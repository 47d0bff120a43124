"""A link as a QR code, for a class that is to open it on phones."""

import io

import segno

QUIET_ZONE = 4  # modules around the code, as ISO/IEC 18004 demands
MAX_LENGTH = 2_000  # characters
DARK, LIGHT = "#000000", "#ffffff"


def qr_svg(text: str) -> str:
    """Draw a QR code: an SVG element without a size of its own, black on white whatever surrounds it.

    The code corrects as many errors as fit into the smallest code for the text, and at least 7%.

    Args:
        text: 1 to `MAX_LENGTH` characters, such as a link.

    Raises:
        ValueError: the text is empty, too long, or has too many bytes for a QR code.
    """
    if not 1 <= len(text) <= MAX_LENGTH:
        raise ValueError(f"a QR code can hold 1 to {MAX_LENGTH:,} characters here, got {len(text):,}")
    try:
        code = segno.make_qr(text, error="l")
    except segno.DataOverflowError:
        raise ValueError("the text has too many bytes for a QR code: use fewer characters") from None
    file = io.BytesIO()
    code.save(
        file, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=QUIET_ZONE, dark=DARK, light=LIGHT, nl=False
    )
    return file.getvalue().decode("utf-8")
