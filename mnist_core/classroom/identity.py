"""Who is who without a name: a hash of the token that the browser keeps, different in every class.

The token itself is never written down. Whoever reads the file of the classes can neither be taken for a pupil nor tell
that two pupils of different classes are one person.
"""

import hashlib

TEACHER = "teacher"


def pupil_key(code: str, token: str) -> str:
    """Return by what a pupil of a class is known again: 64 hexadecimal digits.

    Args:
        code: of the class.
        token: the opaque token of their browser, one of 2**128.
    """
    return hashlib.sha256(f"{code}:{token}".encode()).hexdigest()


def teacher_key(token: str) -> str:
    """Return by what a teacher is known again: 64 hexadecimal digits."""
    return pupil_key(TEACHER, token)
