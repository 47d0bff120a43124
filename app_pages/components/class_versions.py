"""What a class is like now, at an address of its own: pages ask there every few seconds whether anything is new.

An answer needs no look at the file of the classes, so that 200 pupils can ask. Only a page that shows the class knows
the whole address: whoever guesses at codes learns nothing.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app_pages.components.link_preview import path_prefix
from app_pages.state import class_places, classes
from app_pages.state.session import COOKIE, TOKEN

FOLDER = "classes"
KEY = "key"  # the parameter of the address


def class_routes() -> list[BaseRoute]:
    """Return the route of the versions of all classes, for `st.App`."""

    async def answer(request: Request) -> Response:
        code = str(request.path_params["code"])
        may_ask = classes.is_watch_key(code, request.query_params.get(KEY, ""))
        version, headers = classes.version_of(code) if may_ask else None, {"Cache-Control": "no-store"}
        if version is None:
            return PlainTextResponse("There is no such class.\n", status_code=404, headers=headers)
        if TOKEN.fullmatch(token := request.cookies.get(COOKIE, "")):
            classes.class_store().note_seen(code, token)
            if class_places.is_place_waiting(code, token):
                await asyncio.to_thread(class_places.write_waiting_place, code, token)
        return JSONResponse({"pupils": version.pupils, "teacher": version.teacher}, headers=headers)

    return [Route(f"{path_prefix()}/{FOLDER}/{{code}}/version", answer)]


def version_link(code: str) -> str:
    """Return the address of the version of a class, as seen from a page of the app."""
    return f"{path_prefix()}/{FOLDER}/{code}/version?{KEY}={classes.watch_key(code)}"
