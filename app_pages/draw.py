"""Draw a digit and see how the active model reads it."""

from app_pages.state.lifespan import is_warming

if is_warming():
    from app_pages.drawing.early import show
else:
    from app_pages.drawing.page import show

show()
