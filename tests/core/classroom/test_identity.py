"""Who is who: the token itself is nowhere, and a pupil of two classes is not known to be one person."""

import hashlib

from mnist_core.classroom.identity import pupil_key, teacher_key

TOKEN = "0123456789abcdef" * 2


def test_a_key_is_the_hash_of_the_class_and_the_token() -> None:
    assert pupil_key("BCDFHJ", TOKEN) == hashlib.sha256(b"BCDFHJ:" + TOKEN.encode()).hexdigest()


def test_one_browser_has_another_key_in_every_class_and_as_a_teacher() -> None:
    keys = {pupil_key("BCDFHJ", TOKEN), pupil_key("BCDFHK", TOKEN), teacher_key(TOKEN)}
    assert len(keys) == 3 and not any(TOKEN in key for key in keys)
