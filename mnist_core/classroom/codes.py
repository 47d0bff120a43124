"""The code of a class: six letters to read from the last row and to type on a phone."""

import secrets

LENGTH = 6
# No vowels and no Y, so that no word comes of them; no G, L, Q and U, which look like C, I, O and V from far away.
ALPHABET = "BCDFHJKMNPRSTVWXZ"


def new_code() -> str:
    """Return a code that nobody can guess: one of 24 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def checked_code(text: str) -> str:
    """Return what somebody typed as a code; small letters, spaces and hyphens are allowed.

    Raises:
        ValueError: it cannot be the code of a class; the message is a sentence.
    """
    code = "".join(text[:100].split()).replace("-", "").upper()
    if len(code) != LENGTH or len(text) > 100:
        raise ValueError(f"the code of a class has {LENGTH} letters")
    if others := sorted(set(code) - set(ALPHABET)):
        raise ValueError(f"the code of a class has only the letters {ALPHABET}, and {others[0]} is none of them")
    return code
