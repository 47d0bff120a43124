"""What code printed and drew, as HTML."""

import base64

from app_pages.lessons.output_html import recorded_html
from mnist_core.course.execution import Output


def test_text_and_alternative_text_are_escaped() -> None:
    html = recorded_html(Output("<b>1 & 2\n", "'x'", (b"picture",)), 'a "figure" <i>')
    assert "&lt;b&gt;1 &amp; 2" in html and "&#x27;x&#x27;</pre>" in html and "<b>" not in html
    assert f"data:image/png;base64,{base64.b64encode(b'picture').decode()}" in html
    assert 'alt="a &quot;figure&quot; &lt;i&gt;"' in html


def test_what_gave_nothing_shows_nothing() -> None:
    assert recorded_html(Output(), "") == ""
    assert recorded_html(Output(figures=(b"one", b"two")), "two").count("<img") == 2
