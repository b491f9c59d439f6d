"""The page at `/graphql` for people: GraphiQL, from our own files, so that it works where there is no network.

The one idea: the files are part of the package and known by name; nothing else is served, and the page may load and ask
nothing but this service (its Content-Security-Policy says so to the browser).
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = "/graphql/ide"
PAGE: Final = "index.html"
MEDIA_TYPES: Final = {"html": "text/html", "js": "text/javascript", "css": "text/css", "txt": "text/plain"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # asked for again, and not sent again while its hash is the same
}


class Page:
    """The page's files. One for the process; read once."""

    def __init__(self) -> None:
        folder = files("api.graphql").joinpath("ide")
        self._files = {
            each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in MEDIA_TYPES
        }

    def answer(self, request: Request, name: str = PAGE) -> Response:
        """One file; 304 for a browser that has it. HTTPException 404 for what is no file of the page."""
        content = self._files.get(name)
        if content is None:
            raise HTTPException(404)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {**HEADERS, "ETag": tag, "Vary": "Accept"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=MEDIA_TYPES[name.rpartition(".")[2]])
