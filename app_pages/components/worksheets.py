"""Worksheets and teacher's notes at addresses of their own, so that a browser opens and prints them."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app_pages.components.link_preview import path_prefix, server_address
from mnist_core.course.worksheet import worksheet

FOLDER = "worksheets"
FOR_TEACHERS = "teacher"  # the parameter of the address


def worksheet_routes() -> list[BaseRoute]:
    """Return the route of all worksheets, for `st.App`."""

    async def answer(request: Request) -> Response:
        is_for_teacher = request.query_params.get(FOR_TEACHERS) == "1"
        try:
            page = worksheet(request.path_params["name"], server_address(request), is_for_teacher=is_for_teacher)
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    return [Route(f"{path_prefix()}/{FOLDER}/{{name}}", answer)]


def worksheet_link(name: str, *, is_for_teacher: bool = False) -> str:
    """Return the address of a chapter's worksheet, as seen from a page of the app."""
    return f"{path_prefix()}/{FOLDER}/{name}" + (f"?{FOR_TEACHERS}=1" if is_for_teacher else "")
