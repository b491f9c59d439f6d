"""How /openapi.json describes the two ingest addresses: data, because their endpoints are plain ASGI (see app.py)."""

from __future__ import annotations

from typing import Any, Final

PROBLEM: Final = {
    "application/problem+json": {
        "schema": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string", "description": "Stable: programs may compare it."},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "What is wrong, and what to do next."},
            },
        }
    }
}
_REFUSALS: Final[dict[str, Any]] = {
    "401": {"description": "The service has an API key, and this request does not.", "content": PROBLEM},
    "408": {"description": "The body stopped coming.", "content": PROBLEM},
    "413": {"description": "The body is too large to keep, as it came or decompressed.", "content": PROBLEM},
    "503": {"description": "Nothing was kept; send it again after Retry-After.", "content": PROBLEM},
    "default": {"description": "What is wrong, and what to do.", "content": PROBLEM},
}
_EVENT: Final = {"type": "object", "description": "An OpenLineage RunEvent, JobEvent or DatasetEvent."}
_INDEX_OR_NONE: Final = {"type": ["integer", "null"], "description": "Position in the ledger; null for an empty array."}

INGEST_PATHS: Final[dict[str, dict[str, Any]]] = {
    "/api/v1/lineage": {
        "post": {
            "tags": ["ingest"],
            "summary": "Send one OpenLineage event, or an array of them",
            "description": "Answered when it is on disk. What cannot be understood is kept as a dead letter, and the "
            "answer says so; it is never refused. Content-Encoding gzip and deflate, and chunked bodies, are fine.",
            "operationId": "postLineage",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"oneOf": [_EVENT, {"type": "array", "items": _EVENT}]}}},
            },
            "responses": {
                "201": {
                    "description": "Kept. For one event `index` and `leafHash`; for an array `first`, `last`, `count`.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "index": _INDEX_OR_NONE,
                                    "leafHash": {"type": "string", "description": "Base64: what proofs speak about."},
                                    "first": _INDEX_OR_NONE,
                                    "last": _INDEX_OR_NONE,
                                    "count": {"type": "integer"},
                                    "deadLetter": {"type": "object", "description": "Why it was not understood."},
                                    "deadLetters": {"type": "array", "items": {"type": "object"}},
                                    "deadLetterCount": {"type": "integer"},
                                },
                            }
                        }
                    },
                },
                **_REFUSALS,
            },
        }
    },
    "/api/v1/lineage/batch": {
        "post": {
            "tags": ["ingest"],
            "summary": "Send a batch of OpenLineage events (OpenLineage's own batch API)",
            "operationId": "postLineageBatch",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "array", "items": _EVENT}}},
            },
            "responses": {
                "204": {"description": "All were kept and understood."},
                "200": {
                    "description": "All were kept; `failed_events` were not understood and are dead letters.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["status", "summary"],
                                "properties": {
                                    "status": {"type": "string", "enum": ["success", "partial_success"]},
                                    "summary": {"type": "object"},
                                    "failed_events": {"type": "array", "items": {"type": "object"}},
                                },
                            }
                        }
                    },
                },
                **_REFUSALS,
            },
        }
    },
}
