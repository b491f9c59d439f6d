"""What /openapi.json says beside what the framework finds out by itself.

The one idea: the framework describes the answers of routes that succeed and guesses the rest. Two things it cannot know: the
ingest endpoints, which are plain ASGI, and that every refusal anywhere is a problem document.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from api.ingest_description import INGEST_PATHS, PROBLEM

NEVER_BUSY: Final = frozenset({"/healthz", "/metrics", "/readyz"})
"""Addresses that read nothing: they answer also when nothing else does."""

_REFUSED: Final = {
    "description": "What is wrong, and what to do. docs/errors.md lists the types.",
    "content": PROBLEM,
}
_BUSY: Final = {
    "description": "Too much at once, or the ledger or the graph cannot be used now. Ask again after Retry-After.",
    "content": PROBLEM,
}


def describe(app: FastAPI) -> None:
    """Have the description say so."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        schema = generate()
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                _correct(operation["responses"], busy=path not in NEVER_BUSY)
        for path, operations in INGEST_PATHS.items():
            schema["paths"].setdefault(path, {}).update(operations)
        for guess in ("HTTPValidationError", "ValidationError"):
            schema.get("components", {}).get("schemas", {}).pop(guess, None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _correct(responses: dict[str, Any], *, busy: bool) -> None:
    responses.pop("422", None)  # the framework's own form of it, which no route answers
    responses.setdefault("default", _REFUSED)
    if busy:
        responses.setdefault("503", _BUSY)
