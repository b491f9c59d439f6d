"""Evidence packs as files that are fetched: `GET /api/v1/evidence/{id}`, kept for a while, for who made them.

The one idea: a pack is on record before it exists, so fetching it is no further reading; its address is a secret that
nobody can guess, works for the one who made it and for nobody else, and is gone after an hour or a restart.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from starlette.responses import FileResponse

from api.access.asking import principal_of
from lineage.access.principal import Principal
from lineage.errors import LimitExceeded, NotFound, Overloaded

KEPT_S: Final = 3600.0  # a person goes for a coffee and comes back; whoever needs it longer has a copy
KEPT_MAX: Final = 50
KEPT_BYTES_MAX: Final = 2 << 30
MADE_AT_ONCE_MAX: Final = 2
RETRY_AFTER_S: Final = 2.0
FOLDER: Final = "evidence"
PATH: Final = "/api/v1/evidence"


@dataclass(frozen=True, slots=True)
class Kept:
    """One pack, and who made it."""

    id: str
    path: Path
    actor: str
    auth: str
    size_bytes: int


@dataclass(slots=True)
class Packs:
    """The packs that can be fetched. Any thread may call any method; blocks while it writes."""

    _kept: dict[str, Kept] = field(default_factory=dict)
    _making: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def making(self) -> Iterator[None]:
        """While a pack is made. Overloaded while others are: each holds a hundred megabytes and one of few threads."""
        with self._lock:
            if self._making >= MADE_AT_ONCE_MAX:
                raise Overloaded("Other evidence packs are being made. Export it again.", retry_after_s=RETRY_AFTER_S)
            self._making += 1
        try:
            yield
        finally:
            with self._lock:
                self._making -= 1

    def put(self, data: Path, pack: bytes, principal: Principal) -> Kept:
        """Keep a pack. LimitExceeded when too much is kept already."""
        folder = data / FOLDER
        with self._lock:
            held = sum(each.size_bytes for each in self._kept.values())
            if len(self._kept) >= KEPT_MAX or held + len(pack) > KEPT_BYTES_MAX:
                message = f"{len(self._kept)} evidence packs wait to be fetched. Fetch them, or come back in an hour."
                raise LimitExceeded(message, limit=KEPT_MAX, asked=len(self._kept) + 1)
            folder.mkdir(mode=0o700, exist_ok=True)
            id_ = secrets.token_urlsafe(32)
            path = folder / f"{id_}.zip"
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pack)
            kept = self._kept[id_] = Kept(id_, path, principal.actor, principal.auth, len(pack))
        timer = threading.Timer(KEPT_S, self.forget, [id_])
        timer.daemon = True
        timer.start()
        return kept

    def get(self, id_: str, principal: Principal) -> Kept:
        """The pack. NotFound for what is not there, for another's, and after its time: in the same words."""
        with self._lock:
            kept = self._kept.get(id_)
        if kept is None or (kept.actor, kept.auth) != (principal.actor, principal.auth) or not kept.path.exists():
            raise NotFound("There is no such evidence pack. They are kept for an hour: export it again.")
        return kept

    def forget(self, id_: str) -> None:
        """Its time is over."""
        with self._lock:
            kept = self._kept.pop(id_, None)
        if kept is not None:
            kept.path.unlink(missing_ok=True)

    def sweep(self, data: Path) -> None:
        """Remove what a service before this one left."""
        for path in (data / FOLDER).glob("*.zip"):
            if path.stem not in self._kept:
                path.unlink(missing_ok=True)


def router(packs: Packs) -> APIRouter:
    """The route that packs are fetched by."""
    routes = APIRouter(tags=["evidence"])

    @routes.get(
        f"{PATH}/{{id}}",
        summary="An evidence pack",
        response_class=FileResponse,
        responses={200: {"content": {"application/zip": {}}}},
    )
    def fetch(
        request: Request, id: Annotated[str, PathParameter(max_length=100, description="What exportEvidence answered.")]
    ) -> FileResponse:
        """The zip, for who exported it, for an hour."""
        kept = packs.get(id, principal_of(request.scope))
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(kept.path, media_type="application/zip", filename="evidence.zip", headers=headers)

    return routes
