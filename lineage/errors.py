"""Every error that Headwater raises on purpose, as one short tree.

    HeadwaterError
    ├── InputError            BAD_INPUT          the caller can fix it: a name, an event, SQL; `place` says where
    │   ├── BadCursor         BAD_CURSOR         a page's cursor used with other arguments than those that made it
    │   └── SettingsError     SETTINGS           a flag or an environment variable that cannot be
    ├── NotFound              NOT_FOUND          no such node at that moment; `near` has names that do exist
    ├── Forbidden             FORBIDDEN          who asks lacks a scope; `scope` names it. Hidden nodes are NOT_FOUND
    ├── Conflict              CONFLICT           what is asked contradicts what is
    ├── LimitExceeded         LIMIT              more than a stated limit: `limit` and `asked`
    ├── Overloaded            OVERLOADED         nothing is wrong, come back in `retry_after_s`
    └── StoreError            STORE_UNAVAILABLE  a back end failed; `retryable` says whether trying again can help
        └── LedgerError       LEDGER             the ledger's files: damaged, locked, full

`code` is stable: programs may compare it. A message says what is wrong *and what to do next*, so that no layer above
has to invent advice; that advice stands last, as a sentence of its own. HTTP statuses and exit codes are not here:
`api` maps classes to them in one table.

    try:
        answer = await lineage(...)
    except NotFound as error:
        print(error, error.near)
    except HeadwaterError as error:
        print(error.code, error)
"""

from __future__ import annotations

from typing import ClassVar


class HeadwaterError(Exception):
    """The root: an error that a person can read. Catch it to catch all that Headwater raises on purpose."""

    code: ClassVar[str] = "HEADWATER"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputError(HeadwaterError):
    """What the caller gave cannot be used. `place` is a JSON path, `line:column`, a flag's name, or empty."""

    code: ClassVar[str] = "BAD_INPUT"

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class BadCursor(InputError):
    """A cursor that this query did not make. `place` names the argument."""

    code: ClassVar[str] = "BAD_CURSOR"

    def __init__(
        self,
        message: str = "This cursor belongs to another query. Use it with the arguments that made it, or leave it out.",
        *,
        place: str = "after",
    ) -> None:
        super().__init__(message, place=place)


class SettingsError(InputError):
    """A setting that cannot be; `place` is the environment variable or the flag."""

    code: ClassVar[str] = "SETTINGS"


class NotFound(HeadwaterError):
    """Nothing of that name exists at the moment asked about. `near` has up to a handful of names that do."""

    code: ClassVar[str] = "NOT_FOUND"

    def __init__(self, message: str, *, near: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near


class Forbidden(HeadwaterError):
    """Who asks may not do this at all; `scope` is what is missing. Never raised about a node: what may not be seen is
    NotFound."""

    code: ClassVar[str] = "FORBIDDEN"

    def __init__(self, message: str, *, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class Conflict(HeadwaterError):
    """The request is well formed but contradicts the present state (an alias cycle, a rule that exists already)."""

    code: ClassVar[str] = "CONFLICT"


class LimitExceeded(HeadwaterError):
    """More was asked for than a limit allows. Both are in the unit that the message names."""

    code: ClassVar[str] = "LIMIT"

    def __init__(self, message: str, *, limit: int, asked: int) -> None:
        super().__init__(message)
        self.limit = limit
        self.asked = asked


class Overloaded(HeadwaterError):
    """The service has more to do than it can hold. Nothing was kept; send the same again after `retry_after_s`."""

    code: ClassVar[str] = "OVERLOADED"

    def __init__(
        self,
        message: str = "The service is at its limit and kept nothing of this request. Send it again later.",
        *,
        retry_after_s: float,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreError(HeadwaterError):
    """A back end failed. `retryable`: the same call may succeed later (a lock, a lost connection, a leader change)."""

    code: ClassVar[str] = "STORE_UNAVAILABLE"

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


class LedgerError(StoreError):
    """The ledger cannot be read or written, or is not what it was. By default trying again does not help."""

    code: ClassVar[str] = "LEDGER"

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message, retryable=retryable)
