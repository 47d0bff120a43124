"""Draw a digit and see how the active model reads it."""

from app_pages.drawing.page import show

show()
