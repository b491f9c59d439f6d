"""Routes that match a path as it was sent.

The one idea: names in Marquez's addresses hold slashes, which clients write as `%2F`. They are told apart only before the path is
decoded; each part is decoded by itself.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote, unquote

from fastapi.routing import APIRoute
from starlette.routing import Match


def sent_path(scope: MutableMapping[str, Any]) -> bytes:
    """The path of a request with this ASGI scope, before it is decoded: encoded again where a server does not tell it."""
    sent: bytes = scope.get("raw_path") or b""
    return sent.partition(b"?")[0] or quote(scope["path"]).encode()


class SentPathRoute(APIRoute):
    """A route that matches the path as it was sent, and decodes each part by itself."""

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        """As Starlette's, on `raw_path`."""
        path = sent_path(scope).decode("latin-1")
        match, child = super().matches({**scope, "path": path, "root_path": ""})
        parameters = child.get("path_params")
        if parameters:
            child["path_params"] = {
                name: unquote(value) if isinstance(value, str) else value for name, value in parameters.items()
            }
        return match, child
