"""Reading entries back: the received bytes of one, and Marquez's list of the latest events.

The one idea: `/api/v1/events/{index}` alone shows what was received, byte for byte; the list shows the normalised form,
from which secrets are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.accepting import EVENT_KIND, RAW
from api.access.asking import showed
from api.context import AppContext
from api.entry_sight import EntrySight
from api.gate import principal_of
from api.sight import Sight
from lineage.errors import InputError, NotFound
from lineage.ledger import Entry, Ledger
from lineage.moment import microseconds

LIST_DEFAULT: Final = 100  # Marquez's own
LIST_MAX: Final = 1_000
SCANNED_MAX: Final = 20_000  # some seconds of reading: a list by time must not walk the whole ledger
JUDGED_MAX: Final = 2_000  # whose every name is looked up, for who does not see everything: seconds too
CHUNK: Final = 256
INDEX_MAX: Final = 2**53 - 1


def router(context: AppContext) -> APIRouter:
    """The reading routes over the ledger."""
    routes = APIRouter(prefix="/api/v1/events", tags=["events"])

    @routes.get("/lineage", summary="The latest events, newest first (as Marquez lists them)")
    def latest(
        request: Request,
        limit: Annotated[int, Query(ge=0, le=LIST_MAX, description="How many events at most.")] = LIST_DEFAULT,
        before: Annotated[str | None, Query(description="Only events with an eventTime before this.")] = None,
        after: Annotated[str | None, Query(description="Only events with an eventTime at or after this.")] = None,
    ) -> Response:
        """`{"events": […], "totalCount": n, "complete": bool}`; totalCount is the size of the ledger, and `complete`
        is false when more entries would have had to be read than one request may."""
        from_us, until_us = _instant(after, "after"), _instant(before, "before")
        sight = Sight(context, principal_of(request.scope)).entries
        found = list_events(context.ledger, limit, from_us=from_us, until_us=until_us, sight=sight)
        showed(request.scope, (f"entry:{index}" for index in found.indexes))
        return _json({"events": found.events, "totalCount": found.total, "complete": found.complete})

    @routes.get(
        "/{index}",
        summary="The received bytes of one entry",
        responses={200: {"content": {"application/json": {}, "application/octet-stream": {}}}},
    )
    def received(
        request: Request,
        index: Annotated[int, Path(ge=0, le=INDEX_MAX, description="The entry's position in the ledger.")],
    ) -> Response:
        """Exactly what was received, after decompression; of an array, this element. A dead letter comes as octets."""
        Sight(context, principal_of(request.scope)).entries.require(index)
        raw = context.ledger.part(index, RAW)
        leaf = context.ledger.leaf(index)
        position = leaf.position(RAW)
        if raw is None or position is None:
            why = f"nothing was received for a `{leaf.kind}`" if position is None else "its received bytes were erased"
            raise NotFound(f"Entry {index} is there, but {why}. Ask for its proof instead.")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(raw, 200, headers, media_type=leaf.parts[position].media_type)

    return routes


@dataclass(frozen=True, slots=True)
class Listed:
    """The latest events: as JSON, their positions, the size of the ledger, and whether none had to be left out."""

    events: list[orjson.Fragment]
    indexes: list[int]
    total: int
    complete: bool


def list_events(
    ledger: Ledger,
    limit: int,
    *,
    from_us: int | None = None,
    until_us: int | None = None,
    sight: EntrySight | None = None,
) -> Listed:
    """The newest `limit` events with from_us <= eventTime < until_us (microseconds), by eventTime, newest first.
    `sight`: only those that it opens; None: all."""
    size = ledger.size()
    judged = sight is not None and not sight.sees_everything
    found: list[Entry] = []
    scanned, scanned_max = 0, JUDGED_MAX if judged else SCANNED_MAX
    for entry in _backwards(ledger, size):
        if len(found) >= limit or scanned >= scanned_max:
            break
        scanned += 1
        time_us = entry.leaf.event_time_us
        if entry.norm is None or entry.leaf.kind != EVENT_KIND or time_us is None:
            continue
        in_time = (from_us is None or time_us >= from_us) and (until_us is None or time_us < until_us)
        if in_time and (sight is None or sight.opened(entry.index)):
            found.append(entry)
    found.sort(key=lambda entry: (entry.leaf.event_time_us or 0, entry.index), reverse=True)
    events = [orjson.Fragment(entry.norm) for entry in found if entry.norm is not None]
    complete = len(found) >= limit or scanned == size
    return Listed(events, [entry.index for entry in found], size, complete)


def _backwards(ledger: Ledger, size: int) -> Iterator[Entry]:
    stop = size
    while stop > 0:
        start = max(0, stop - CHUNK)
        yield from reversed(list(ledger.entries(start, stop)))
        stop = start


def _instant(text: str | None, place: str) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # an unescaped + of an offset arrives as a blank
    except ValueError:
        raise InputError(f"{place}={text!r:.60} is no time. Write it as 2026-11-22T18:00:00Z.", place=place) from None
    return microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _json(answer: object) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")
