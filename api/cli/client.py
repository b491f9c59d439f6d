"""The service as commands reach it: GraphQL over HTTP, and the few plain addresses."""

from types import TracebackType
from typing import Any

import httpx2

from api.cli import Unreachable
from lineage.errors import (
    Conflict,
    Forbidden,
    HeadwaterError,
    InputError,
    LimitExceeded,
    NotFound,
    Overloaded,
    SettingsError,
)
from lineage.settings import Settings

TIMEOUT_S = 120.0  # a walk has a time budget of its own, far below; uploads of 25 MB need some


class Client:
    """One service. Every method raises Unreachable when it does not answer, SettingsError for a wrong key."""

    def __init__(self, settings: Settings) -> None:
        headers = {"authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}
        self.url = settings.url
        self._http = httpx2.Client(base_url=settings.url, headers=headers, timeout=TIMEOUT_S)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._http.close()

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The answer's data. The service's error as the core's own class: NotFound, InputError …"""
        answered = self.send("POST", "/graphql", json={"query": document, "variables": variables})
        try:
            answer = answered.json()
        except ValueError:
            answer = None
        match answer:
            case {"errors": [first, *_]}:
                raise _error(first)
            case {"data": dict(data)}:
                return data
            case {"detail": str(detail)} if answered.status_code in (400, 413):
                raise InputError(detail)
            case _:
                raise Unreachable(f"{self.url} answers, but not as Headwater does. Check --url.")

    def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request; any status but the ones that say that nothing can be had here."""
        try:
            answered = self._http.request(method, path, **more)
        except httpx2.HTTPError as error:
            told = str(error) or type(error).__name__
            raise Unreachable(
                f"No service at {self.url} ({told}). Start one with `headwater serve`, or give --url."
            ) from None
        if (forbidden := _forbidden(answered)) is not None:
            raise forbidden
        if answered.status_code in (401, 403):
            raise SettingsError(f"{self.url} refuses: {_detail(answered)} Set HEADWATER_API_KEY.", place="--api-key")
        if answered.status_code == 503:
            raise Unreachable(f"{self.url} cannot answer now: {_detail(answered)}")
        return answered


def _forbidden(answered: httpx2.Response) -> Forbidden | None:
    """The refusal of a key that is good, and lacks something."""
    if answered.status_code != 403:
        return None
    try:
        told = answered.json()
    except ValueError:
        return None
    return Forbidden(str(told["detail"]), scope=str(told.get("scope", ""))) if told.get("code") == "FORBIDDEN" else None


def _detail(answered: httpx2.Response) -> str:
    try:
        return str(answered.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answered.status_code}."


def _error(told: dict[str, Any]) -> HeadwaterError:
    message, extensions = str(told.get("message")), told.get("extensions") or {}
    match extensions.get("code"):
        case "NOT_FOUND":
            return NotFound(message, near=tuple(extensions.get("near", ())))
        case "FORBIDDEN":
            return Forbidden(message, scope=str(extensions.get("scope", "")))
        case "CONFLICT":
            return Conflict(message)
        case "LIMIT":
            return LimitExceeded(message, limit=extensions.get("limit", 0), asked=extensions.get("asked", 0))
        case "OVERLOADED":
            return Overloaded(message, retry_after_s=extensions.get("retryAfterSeconds", 1))
        case "INTERNAL" | "STORE_UNAVAILABLE" | "LEDGER":
            return Unreachable(message)
        case _:
            return InputError(message, place=str(extensions.get("place", "")))
