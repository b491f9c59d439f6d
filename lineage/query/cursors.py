"""Opaque cursors: where a page ended, and of which question at which moment.

The one idea: a cursor holds the *key* of the last item, never a count, and pins the moment and a hash of the
arguments. So pages partition one list even while the graph grows, and a cursor used with other arguments is refused,
not misread.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lineage.errors import BadCursor, InputError, LimitExceeded
from lineage.moment import Moment
from lineage.query.answers import PageInfo
from lineage.query.moments import MomentInput

FIRST_MAX = 1_000  # one page stays a few hundred kilobytes as JSON, and a client can always ask for the next

Key = tuple[int | str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    key: Key
    valid_us: int | None
    known: int


def arguments_hash(*arguments: object) -> str:
    """A short hash of what a question was asked with; every part must have a stable repr."""
    return hashlib.blake2b(repr(arguments).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def encode(key: Key, moment: Moment, arguments: str) -> str:
    raw = json.dumps([list(key), moment.valid_us, moment.known, arguments], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str, arguments: str) -> Cursor:
    """Errors: BadCursor when it is no cursor, or one of other arguments."""
    try:
        padded = text + "=" * (-len(text) % 4)
        key, valid_us, known, made_for = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadCursor from None
    well_formed = (
        isinstance(key, list)
        and all(isinstance(part, int | str) for part in key)
        and (valid_us is None or isinstance(valid_us, int))
        and isinstance(known, int)
        and known >= 0
    )
    if not well_formed or made_for != arguments:
        raise BadCursor
    return Cursor(tuple(key), valid_us, known)


def resume(asked: MomentInput, after: str | None, arguments: str) -> tuple[MomentInput, Key | None]:
    """The moment of a page: that of its cursor, so that "now" stays the now of the first page."""
    if after is None:
        return asked, None
    cursor = decode(after, arguments)
    return MomentInput(valid_at_us=cursor.valid_us, known_index=cursor.known), cursor.key


def check_first(first: int) -> int:
    if first < 0:
        raise InputError("A page cannot have fewer than 0 items. Give `first` as 0 or more.", place="first")
    if first > FIRST_MAX:
        raise LimitExceeded(
            f"A page has at most {FIRST_MAX} items. Ask for fewer and go on with `after`.", limit=FIRST_MAX, asked=first
        )
    return first


def page(
    items: Sequence[T], key_of: Callable[[T], Key], *, first: int, after: Key | None, moment: Moment, arguments: str
) -> tuple[tuple[T, ...], PageInfo]:
    """The slice of a list, ordered by key, that comes after a key. Errors: BadCursor when the key does not compare."""
    try:
        rest = [item for item in items if after is None or key_of(item) > after]
    except TypeError:
        raise BadCursor from None
    taken = tuple(rest[: check_first(first)])
    return taken, page_info(
        [key_of(t) for t in taken], more=len(rest) > len(taken), after=after, moment=moment, arguments=arguments
    )


def page_info(keys: Sequence[Key], *, more: bool, after: Key | None, moment: Moment, arguments: str) -> PageInfo:
    """The page's own description, from the keys of its items."""
    ends = (keys[0], keys[-1]) if keys else (None, after)
    start, end = (None if k is None else encode(k, moment, arguments) for k in ends)
    return PageInfo(has_next_page=more, end_cursor=end, has_previous_page=after is not None, start_cursor=start)
