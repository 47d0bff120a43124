"""Text that somebody typed, as plain text on one line: nothing in it breaks the line or changes how it is written."""

import unicodedata


def plain_line(text: str, limit: int, what: str) -> str:
    """Return a text as plain text on one line, which may be empty; it is not escaped.

    Args:
        text: what was typed.
        limit: characters.
        what: it is, in the error, such as "name".

    Raises:
        ValueError: it is too long.
    """
    if len(text) > 100 * limit:  # before anything is done with it
        raise ValueError(f"choose a {what} of at most {limit} characters")
    visible = "".join(" " if each.isspace() else each for each in text if each.isspace() or _is_visible(each))
    line = " ".join(unicodedata.normalize("NFC", visible).split())
    if len(line) > limit:
        raise ValueError(f"choose a {what} of at most {limit} characters, not {len(line)}")
    return line


def _is_visible(character: str) -> bool:
    """Return whether a character is none that controls others, such as the direction of writing, and no half of one."""
    return not unicodedata.category(character).startswith("C")
