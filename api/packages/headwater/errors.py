"""What can go wrong between a client and the service: one short tree, a class for each thing that a program does about it.

The one idea: the class follows the service's stable `extensions.code` (docs/errors.md), never a message; `code` and
`extensions` are there as they came. An error in an answer says itself what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

RETRY_AFTER_S_DEFAULT: Final = 1.0  # where the service says "later" and not when


class HeadwaterError(Exception):
    """Anything that this package raises. `code` is the service's own, or empty where it said none."""

    def __init__(
        self, message: str, *, code: str = "", extensions: Mapping[str, Any] | None = None, data: Any = None
    ) -> None:
        """`data`: the part of the answer that there is all the same, as JSON; mostly none."""
        super().__init__(message)
        self.code = code
        self.extensions: Mapping[str, Any] = dict(extensions or {})
        self.data = data


class Unreachable(HeadwaterError):
    """No answer: nobody listens there, the connection broke, or it took longer than the timeout. A mutation may have happened."""


class Unexpected(HeadwaterError):
    """An answer that this client does not understand: another service, or another version of this one."""


class Unauthorised(HeadwaterError):
    """The API key is missing, unknown, expired or revoked."""


class Forbidden(HeadwaterError):
    """The key lacks a scope: `scope` names it."""

    @property
    def scope(self) -> str:
        """The scope that is needed; empty where the service does not say."""
        return str(self.extensions.get("scope", ""))


class BadInput(HeadwaterError):
    """The question cannot be understood: `place` says which argument, where it is one."""

    @property
    def place(self) -> str:
        """The argument to look at; empty where it is the whole question."""
        return str(self.extensions.get("place", ""))


class NotFound(HeadwaterError):
    """No such thing at that moment, or none that this key may see."""

    @property
    def near(self) -> tuple[str, ...]:
        """Names that exist and look alike."""
        return tuple(map(str, self.extensions.get("near") or ()))


class Conflict(HeadwaterError):
    """It contradicts the present state."""


class LimitExceeded(HeadwaterError):
    """More was asked for than a limit allows."""

    @property
    def limit(self) -> int:
        """The limit."""
        return int(self.extensions.get("limit", 0))

    @property
    def asked(self) -> int:
        """What was asked for."""
        return int(self.extensions.get("asked", 0))


class Unavailable(HeadwaterError):
    """The service cannot answer now: too busy, or its graph or ledger cannot be used."""

    @property
    def retry_after_s(self) -> float | None:
        """When to ask again; None: the service does not expect it to pass by itself."""
        told = self.extensions.get("retryAfterSeconds")
        return float(told) if isinstance(told, int | float) else None


class Fault(HeadwaterError):
    """A fault in the service, to be reported with its number in the log: `fault`."""

    @property
    def fault(self) -> str:
        """The number; empty where there is none."""
        return str(self.extensions.get("fault", ""))


BY_CODE: Final[Mapping[str, type[HeadwaterError]]] = {
    "BAD_QUERY": BadInput,
    "BAD_INPUT": BadInput,
    "BAD_CURSOR": BadInput,
    "PERSISTED_QUERY_NOT_FOUND": BadInput,
    "UNTRUSTED_DOCUMENT": BadInput,
    "NOT_FOUND": NotFound,
    "UNAUTHORISED": Unauthorised,
    "FORBIDDEN": Forbidden,
    "CONFLICT": Conflict,
    "LIMIT": LimitExceeded,
    "OVERLOADED": Unavailable,
    "STORE_UNAVAILABLE": Unavailable,
    "LEDGER": Unavailable,
    "INTERNAL": Fault,
}
"""Every code of the service."""

BY_STATUS: Final[Mapping[int, type[HeadwaterError]]] = {
    400: BadInput,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: LimitExceeded,
    422: LimitExceeded,
    500: Fault,
    503: Unavailable,
}
"""For answers that are no GraphQL: problem documents of the doors before it."""


def error_of(errors: Sequence[Any], data: Any = None) -> HeadwaterError:
    """An answer's `errors` as one exception: the first, but what is missing only where nothing worse is."""
    told = [each if isinstance(each, Mapping) else {"message": str(each)} for each in errors]
    found = [_error(each, data) for each in told]
    return next((each for each in found if not isinstance(each, NotFound)), found[0])


def _error(told: Mapping[str, Any], data: Any) -> HeadwaterError:
    extensions = told.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    code = str(extensions.get("code", ""))
    return BY_CODE.get(code, HeadwaterError)(str(told.get("message", "")), code=code, extensions=extensions, data=data)
