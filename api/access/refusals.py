"""Who was turned away: on record and in the log, but not as often as somebody tries.

The one idea: a flood of wrong keys must fill neither the access log nor the disk, and must not hide the refusals of
others. So each actor has a budget a minute; what goes beyond is counted, and the next entry says how many there were.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from prometheus_client import Counter

from api.access.asking import Scope
from api.access.log import AccessLog
from api.access.reading import reading
from api.logs import log
from collectors.openlineage.secrets import redact_text
from lineage.access.reads import ReadKind
from lineage.errors import Forbidden, HeadwaterError

EACH_MINUTE: Final = 30
WINDOW_S: Final = 60.0
ACTORS_MAX: Final = 1_000
PATH_MAX: Final = 200  # characters: a path can be of any length, and may hold what it should not
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Window:
    """What was refused to one actor within this minute."""

    began_s: float
    written: int = 0
    left_out: int = 0


class Refusals:
    """Notes refusals in the access log. Used from one event loop."""

    def __init__(self, access_log: AccessLog, denied: Counter) -> None:
        self._access_log = access_log
        self._denied = denied
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def note(self, scope: Scope, actor: str, error: HeadwaterError) -> None:
        """One refusal. Never raises: it must not turn a refusal into something else."""
        self._denied.labels(code=error.code).inc()
        window = self._window(actor)
        if window.written >= EACH_MINUTE:
            window.left_out += 1
            return
        window.written += 1
        left_out, window.left_out = window.left_out, 0
        method, path = scope.get("method", "WEBSOCKET"), redact_text(str(scope["path"])[:PATH_MAX])
        lacked = f", {error.scope}" if isinstance(error, Forbidden) else ""
        log(_log, logging.WARNING, "refused", actor=actor, code=error.code, left_out=left_out)
        try:
            self._access_log.note(
                reading(
                    scope,
                    f"{method} {path}",
                    kind=ReadKind.DENY,
                    decision=error.code + lacked,
                    variables={"leftOut": left_out} if left_out else {},
                )
            )
        except HeadwaterError as full:
            log(_log, logging.ERROR, "a refusal is not on record", error=full.message)

    def _window(self, actor: str) -> _Window:
        now_s = time.monotonic()
        window = self._windows.get(actor)
        if window is None:
            if len(self._windows) >= ACTORS_MAX:
                self._windows.popitem(last=False)
            window = self._windows[actor] = _Window(now_s)
        elif now_s - window.began_s >= WINDOW_S:
            window.began_s, window.written = now_s, 0
        return window
