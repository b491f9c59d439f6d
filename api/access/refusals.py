"""Who was turned away: on record and in the log, but not as often as somebody tries."""

from __future__ import annotations

import logging
from typing import Final

from prometheus_client import Counter

from api.access.asking import Scope
from api.access.budget import Budget
from api.access.log import AccessLog
from api.access.reading import address_of, reading
from api.logs import log
from lineage.access.reads import ReadKind
from lineage.errors import Forbidden, HeadwaterError

EACH_MINUTE: Final = 30  # of each actor; all who did not say who they are count as one
_log = logging.getLogger(__name__)


class Refusals:
    """Notes refusals in the access log. Used from one event loop."""

    def __init__(self, access_log: AccessLog, denied: Counter) -> None:
        self._access_log = access_log
        self._denied = denied
        self._budget = Budget(EACH_MINUTE)

    def note(self, scope: Scope, actor: str, error: HeadwaterError) -> None:
        """One refusal. Never raises: it must not turn a refusal into something else."""
        self._denied.labels(code=error.code).inc()
        left_out = self._budget.take(actor)
        if left_out is None:
            return
        lacked = f", {error.scope}" if isinstance(error, Forbidden) else ""
        log(_log, logging.WARNING, "refused", actor=actor, code=error.code, left_out=left_out)
        try:
            self._access_log.note(
                reading(
                    scope,
                    address_of(scope),
                    kind=ReadKind.DENY,
                    decision=error.code + lacked,
                    variables={"leftOut": left_out} if left_out else {},
                )
            )
        except HeadwaterError as full:
            log(_log, logging.ERROR, "a refusal is not on record", error=full.message)
