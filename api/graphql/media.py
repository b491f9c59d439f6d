"""Which media type an answer has: what the client accepts (RFC 9110, 12.5.1), held against what there is.

The one idea: quality values decide, then how exactly a type was named. A client that takes anything gets
`application/json`; one that names GraphQL's own type as readily gets that, because it alone has useful status codes.
Events are never sent to somebody who did not name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final


class Media(StrEnum):
    """The types of our answers; of two that are accepted alike, the first one here that was named is taken."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"
    PAGE = "text/html"


ANSWERS: Final = (Media.RESPONSE, Media.JSON, Media.EVENTS)
RANGES_MAX: Final = 50  # browsers send eight; each more is compared with each of ours

_ANY: Final = "*/*"
_EXACT: Final = 2  # a whole type was named, not only its first half, or anything


def choose(accept: str | None, offered: Iterable[Media]) -> Media | None:
    """The best of those offered; None when nothing fits. Without an Accept header: JSON."""
    ranges = list(_ranges(accept)) if accept and accept.strip() else [(_ANY, 1.0)]
    best: tuple[float, int, int] | None = None
    chosen = None
    for offer in offered:
        fitting = [(_exactness(name, offer), quality) for name, quality in ranges if _fits(name, offer)]
        if not fitting:
            continue
        exactness, quality = max(fitting)
        if quality == 0 or (offer is Media.EVENTS and exactness < _EXACT):
            continue
        preference = -list(Media).index(offer) if exactness == _EXACT else int(offer is Media.JSON)
        if best is None or (quality, exactness, preference) > best:
            best, chosen = (quality, exactness, preference), offer
    return chosen


def is_json(content_type: str | None) -> bool:
    """Whether a body is said to be JSON in UTF-8."""
    name, parameters = _parse(content_type or "")
    return name == Media.JSON and parameters.get("charset", "utf-8") in ("utf-8", "utf8")


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(",")[:RANGES_MAX]:
        name, parameters = _parse(part)
        if not name or parameters.get("charset", "utf-8") not in ("utf-8", "utf8", "*"):
            continue
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            continue
        if 0 <= quality <= 1:
            yield name, quality


def _parse(text: str) -> tuple[str, dict[str, str]]:
    name, *rest = text.split(";")
    pairs = (each.partition("=") for each in rest)
    return name.strip().lower(), {key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs}


def _fits(name: str, offer: Media) -> bool:
    return name in (offer.value, _ANY) or (name.endswith("/*") and offer.startswith(name[:-1]))


def _exactness(name: str, offer: Media) -> int:
    return _EXACT if name == offer.value else int(name != _ANY)
