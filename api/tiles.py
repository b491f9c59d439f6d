"""Both logs as static files over HTTP, under the paths of C2SP tlog-tiles, so that any monitor or mirror reads them.

    /log/checkpoint   /log/tile/L/N[.p/W]   /log/tile/entries/N[.p/W]   /log/keys.json   /log/policy     the ledger
    /access-log/…                                                                                        who read what

The one idea: a tile never changes, so it may be cached for ever; only the checkpoint moves. Leaves hold neither names
nor payload, but they say who did something when: where keys are in force, reading them needs `audit:read`. The policy is
the operator's suggestion; an auditor's own copy comes by another way. Beside it: how signing stands, and key rotation.
"""

from __future__ import annotations

import gzip
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, Response

from api.accepting import NORM, PRODUCT
from api.context import AppContext
from api.gate import sender_of
from api.signing import keys_path
from lineage.errors import InputError, NotFound
from lineage.ledger import Draft, Ledger
from lineage.signing.graph_digest import DIGEST_KIND, GraphDigest, encode_digest
from lineage.verify.base64_text import encode
from lineage.verify.tiles import parse_number

TEXT: Final = "text/plain; charset=utf-8"
# How the description names what a route answers, where that is no JSON.
_TEXT: Final[dict[str, Any]] = {"response_class": PlainTextResponse}
_BYTES: Final[dict[str, Any]] = {
    "response_class": Response,
    "responses": {200: {"content": {"application/octet-stream": {}}}},
}
FOREVER: Final = {"Cache-Control": "max-age=31536000, immutable", "Vary": "Accept-Encoding"}
BRIEFLY: Final = {"Cache-Control": "max-age=1"}
LEVEL_MAX: Final = 63
GZIP_LEVEL: Final = 4  # a bundle of leaves shrinks to a fifth; more effort gains a percent


class StatedDigest(BaseModel):
    """The body of a graph digest."""

    size: int = Field(ge=0)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


def _named(path: str) -> tuple[int, int]:
    """Number and width. NotFound."""
    try:
        return parse_number(path)
    except ValueError as error:
        raise NotFound(f"{error}. Write x001/234, or x001/234.p/17 for one that is not full.") from error


def router(context: AppContext) -> APIRouter:
    """The routes of both logs, and those about signing."""
    routes = APIRouter(tags=["audit"])
    logs = (("/log", context.ledger, "the ledger"), ("/access-log", context.access_log.ledger, "the access log"))
    for prefix, log, title in logs:
        _add_log(routes, context, prefix, log, title)

    @routes.get("/api/v1/audit/signing", summary="Who vouches for the two logs now")
    def signing() -> Response:
        """Newest checkpoint, keys, witnesses, and what is wrong."""
        return Response(orjson.dumps(signing_status(context)), media_type="application/json")

    @routes.post("/api/v1/audit/rotate-key", summary="A new signing key for both logs")
    def rotate_key() -> Response:
        """Each log gets a new key, named by an entry of its own; the old one signs beside it for 30 days."""
        rotated = {}
        for origin in context.signing.publisher.origins():
            key, index = context.signing.publisher.rotate(origin)
            rotated[origin] = {"vkey": key.text, "index": index}
        return Response(orjson.dumps(rotated), media_type="application/json")

    @routes.post("/api/v1/audit/graph-digest", summary="Say in the ledger what the graph is now")
    async def graph_digest(body: StatedDigest, request: Request) -> Response:
        """`{"size", "digest"}`: the SHA-256 of the export, with its history, of the graph of the first `size` entries."""
        stated = GraphDigest(body.size, body.digest, PRODUCT)
        if body.size > context.ledger.size():
            raise InputError(f"The ledger has no {body.size} entries. Ask the graph for its size.", place="size")
        sender = sender_of(request.scope)
        draft = Draft(
            DIGEST_KIND,
            {NORM: encode_digest(stated)},
            actor=sender.actor,
            auth=sender.auth,
            request=sender.request,
            projector=PRODUCT,
        )
        receipt = await context.commit.append(draft)
        return Response(orjson.dumps({"index": receipt.index}), media_type="application/json")

    return routes


def signing_status(context: AppContext) -> dict[str, Any]:
    """What `/api/v1/audit/signing` answers."""
    signing = context.signing
    logs = []
    for origin in signing.publisher.origins():
        signed = signing.checkpoints.latest(origin)
        standing = signing.standing(signed) if signed else None
        logs.append(
            {
                "origin": origin,
                "size": signed.checkpoint.size if signed else None,
                "root": encode(signed.checkpoint.root) if signed else None,
                "standing": standing.words() if standing else ["no checkpoint yet"],
                "cosigned": dict(standing.cosigned) if standing else {},
            }
        )
    witnesses = [
        {
            "name": each.name,
            "url": each.url,
            "cosigned": each.cosigned_size,
            "alarm": each.alarm,
            "trouble": each.trouble,
        }
        for each in signing.witness_states()
    ]
    return {"logs": logs, "witnesses": witnesses, "quorum": signing.witnesses.quorum, "wrong": signing.reasons()}


def _add_log(routes: APIRouter, context: AppContext, prefix: str, log: Ledger, title: str) -> None:
    @routes.get(
        f"{prefix}/checkpoint", summary=f"The newest signed head of {title}", name=f"{prefix}-checkpoint", **_TEXT
    )
    def checkpoint() -> Response:
        signed = context.signing.checkpoints.latest(log.origin)
        if signed is None:
            raise NotFound("There is no checkpoint yet. Ask again in a second.")
        return Response(signed.encode(), headers=BRIEFLY, media_type=TEXT)

    @routes.get(f"{prefix}/keys.json", summary=f"Which key signs which sizes of {title}", name=f"{prefix}-keys")
    def keys() -> Response:
        path = keys_path(context.settings.data, log.origin)
        if not path.exists():
            raise NotFound("There is no key yet. Ask again in a second.")
        return Response(path.read_bytes(), headers=BRIEFLY, media_type="application/json")

    @routes.get(f"{prefix}/policy", summary="The policy that the operator suggests", name=f"{prefix}-policy", **_TEXT)
    def policy() -> Response:
        return Response(context.signing.policy_text(), headers=BRIEFLY, media_type=TEXT)

    @routes.get(
        f"{prefix}/tile/entries/{{path:path}}", summary=f"Leaves of {title}", name=f"{prefix}-entries", **_BYTES
    )
    def entries(path: str, request: Request) -> Response:
        content = log.bundle(*_named(path))
        headers = dict(FOREVER)
        if "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers, media_type="application/octet-stream")

    @routes.get(f"{prefix}/tile/{{level}}/{{path:path}}", summary=f"Hashes of {title}", name=f"{prefix}-tile", **_BYTES)
    def tile(level: str, path: str) -> Response:
        if not (level.isascii() and level.isdecimal() and str(int(level)) == level and int(level) <= LEVEL_MAX):
            raise NotFound(f"{level[:20]!r} is no level of tiles. Ask for 0 to {LEVEL_MAX}.")
        number, width = _named(path)
        return Response(log.tile(int(level), number, width), headers=FOREVER, media_type="application/octet-stream")
