"""Something to play with at a step of the course: each control shows itself, and needs nothing from the page around it.

May import `components`, `state` and `mnist_core`.
"""

from collections.abc import Callable

# By the key of the step that a control belongs to.
CONTROLS: dict[str, Callable[[], None]] = {}
