"""The service as commands reach it: the client's transport (`headwater.transport`), with the errors and exit codes of commands.

The one idea: a command asks once. Who types it sees at once that the service is busy or away, and a script decides itself
whether to wait.
"""

from types import TracebackType
from typing import Any

import httpx2

from api.cli import Unreachable
from headwater import errors as refusals
from headwater import protocol
from headwater.transport import Transport
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
        self.url = settings.url
        self._transport = Transport(settings.url, settings.api_key, timeout_s=TIMEOUT_S, repeats=0)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._transport.close()

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The answer's data. The service's error as the core's own class: NotFound, InputError …"""
        answered = self.send("POST", protocol.PATH, json=protocol.body(document, variables))
        try:
            return protocol.data_of(answered.status_code, answered.content, None, self.url)
        except refusals.HeadwaterError as error:
            raise self._error(error) from None

    def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request; any status but the ones that say that nothing can be had here."""
        try:
            answered = self._transport.send(method, path, **more)
        except refusals.Unreachable as error:
            raise Unreachable(f"{error} Start a service with `headwater serve`, or give --url.") from None
        if (forbidden := _forbidden(answered)) is not None:
            raise forbidden
        if answered.status_code in (401, 403):
            raise SettingsError(f"{self.url} refuses: {_detail(answered)} Set HEADWATER_API_KEY.", place="--api-key")
        if answered.status_code == 503:
            raise Unreachable(f"{self.url} cannot answer now: {_detail(answered)}")
        return answered

    def told(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The JSON object that a request is answered with. InputError with its `detail` for any status but 200."""
        return self._told(self.send(method, path, **more))

    def _told(self, answered: httpx2.Response) -> dict[str, Any]:
        try:
            told = answered.json()
        except ValueError:
            told = None
        if not isinstance(told, dict) or (answered.status_code != 200 and "detail" not in told):
            raise self.not_headwater()
        if answered.status_code == 404:
            raise NotFound(str(told["detail"]))
        if answered.status_code != 200:
            raise InputError(str(told["detail"]))
        return told

    def text(self, path: str, begins: str) -> str:
        """The text at an address, which begins in a way that tells it from a page of somebody else's."""
        answered = self.send("GET", path)
        if answered.status_code != 200:
            self._told(answered)
        if answered.status_code != 200 or not answered.text.startswith(begins):
            raise self.not_headwater()
        return answered.text

    def not_headwater(self) -> Unreachable:
        """What is said of an address where something else answers."""
        return Unreachable(f"{self.url} answers, but not as Headwater does. Check --url.")

    def _error(self, error: refusals.HeadwaterError) -> HeadwaterError:
        message = str(error)
        match error:
            case refusals.NotFound(code="NOT_FOUND", near=near):
                return NotFound(message, near=near)
            case refusals.Forbidden(code="FORBIDDEN", scope=scope):
                return Forbidden(message, scope=scope)
            case refusals.Conflict(code="CONFLICT"):
                return Conflict(message)
            case refusals.LimitExceeded(code="LIMIT", limit=limit, asked=asked):
                return LimitExceeded(message, limit=limit, asked=asked)
            case refusals.Unavailable(code="OVERLOADED", retry_after_s=retry_after_s):
                return Overloaded(message, retry_after_s=retry_after_s or refusals.RETRY_AFTER_S_DEFAULT)
            case refusals.Unauthorised():
                return SettingsError(f"{self.url} refuses: {message} Set HEADWATER_API_KEY.", place="--api-key")
            case refusals.Unavailable() | refusals.Fault():
                return Unreachable(message)
            case refusals.Unexpected() | refusals.NotFound() | refusals.Forbidden() | refusals.Conflict():
                return self.not_headwater()
            case refusals.BadInput(place=place):
                return InputError(message, place=place)
            case _:
                return InputError(message)


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
