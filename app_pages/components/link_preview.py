"""The HTML that a browser, a chat or a search engine gets first, before any script runs.

Streamlit serves a page that is called "Streamlit" and describes nothing, at every address. These routes serve the same
page with our name, what each of the four pages is for, and a picture for link previews. They also say where the server
is: otherwise Streamlit's script asks at `/browse/_stcore/` first, and the console shows two requests that failed.

The server imports this before torch, see `state.lifespan`.
"""

import functools
import html
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit import config, file_util

from mnist_core.paths import ASSETS

NAME = "Digits"
PROMISE = "Draw a digit and see how a neural network reads it"
PICTURE = ASSETS / "preview.png"
PICTURE_SIZE = (1200, 630)  # px
ICON = ASSETS / "icon.png"


@dataclass(frozen=True)
class Preview:
    """What a link to a page says of it.

    Attributes:
        title: a few words.
        description: one sentence.
    """

    title: str
    description: str


PREVIEWS = {  # by path
    "": Preview(
        f"{NAME}: {PROMISE[0].lower()}{PROMISE[1:]}",
        "Write a digit with the mouse, a finger or the keyboard, and see step by step how a neural network reads it.",
    ),
    "browse": Preview(f"Browse · {NAME}", "MNIST's 70,000 digits, and those that a neural network gets wrong."),
    "train": Preview(f"Train · {NAME}", "Train a neural network on MNIST and watch it learn, live in the browser."),
    "inside": Preview(f"Inside · {NAME}", "See what a neural network makes of your digit: every layer, every number."),
    "learn": Preview(f"Learn · {NAME}", "From linear regression to image classification with PyTorch, step by step."),
}
# The page's path without its name is where the server is, also behind a proxy that adds a prefix. The script is a file
# of its own, as a content security policy allows none within the page.
SCRIPT = "server_address.js"
SERVER_ADDRESS = f"""window.__streamlit = {{ BACKEND_BASE_URL: location.origin +
  location.pathname.replace(/\\/({"|".join(name for name in PREVIEWS if name)})?\\/?$/, '') + '/' }};
"""


def preview_routes() -> list[BaseRoute]:
    """Return the routes of the four pages, of the picture and of the icon, for `st.App`."""
    prefix = path_prefix()

    def page(name: str) -> Route:
        async def answer(request: Request) -> Response:
            return HTMLResponse(page_html(name, server_address(request)), headers={"Cache-Control": "no-cache"})

        return Route(f"{prefix}/{name}", answer)

    async def picture(_: Request) -> Response:
        return FileResponse(PICTURE, headers={"Cache-Control": "public, max-age=86400"})

    async def icon(_: Request) -> Response:
        return FileResponse(ICON, headers={"Cache-Control": "public, max-age=86400"})

    async def script(_: Request) -> Response:
        return Response(SERVER_ADDRESS, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    return [
        *(page(name) for name in PREVIEWS),
        Route(f"{prefix}/preview.png", picture),
        Route(f"{prefix}/favicon.png", icon),
        Route(f"{prefix}/{SCRIPT}", script),
    ]


def path_prefix() -> str:
    """Return what the path of every address of the app begins with; "" for most servers."""
    return ("/" + str(config.get_option("server.baseUrlPath") or "").strip("/")).rstrip("/")


def server_address(request: Request) -> str:
    """Return the address of the app as a visitor's browser knows it, without a slash at its end."""
    return str(request.base_url).rstrip("/") + path_prefix()


def page_html(name: str, base: str) -> str:
    """Return Streamlit's HTML with a page's own title and description.

    Args:
        name: of the page, as in its address; "" for the first page.
        base: the address of the app, without a slash at its end.
    """
    preview = PREVIEWS[name]
    title, description = html.escape(preview.title), html.escape(preview.description)
    base = html.escape(base)
    head = (
        f"<title>{title}</title>\n"
        f'<meta name="description" content="{description}">\n'
        f'<meta property="og:type" content="website">\n<meta property="og:site_name" content="{NAME}">\n'
        f'<meta property="og:title" content="{title}">\n<meta property="og:description" content="{description}">\n'
        f'<meta property="og:url" content="{base}/{name}">\n<meta property="og:image" content="{base}/preview.png">\n'
        f'<meta property="og:image:width" content="{PICTURE_SIZE[0]}">\n'
        f'<meta property="og:image:height" content="{PICTURE_SIZE[1]}">\n'
        f'<meta property="og:image:alt" content="A digit drawn in the app, and the model&#x27;s answer">\n'
        f'<meta name="twitter:card" content="summary_large_image">\n<script src="./{SCRIPT}"></script>'
    )
    return re.sub("<title>.*?</title>", lambda _: head, _streamlit_html(), count=1)


@functools.cache
def _streamlit_html() -> str:
    return (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
