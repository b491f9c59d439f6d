"""Which entries of the ledger are there for a principal, told by the names in what they say.

The one idea: an entry is *listed* (its position, time, kind and leaf, which name nothing) where the one who speaks is
visible: the job of a run, the dataset of a catalogue's report, all that a statement is about. It is *opened* (what it
says, word by word) only where everything that it names is visible, and no text in it can name more. What cannot be
told, a dead letter or an erased entry, is neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from api.accepting import EVENT_KIND, NORM
from lineage.access.naming import names_in
from lineage.access.openness import Openness
from lineage.access.statements import StatementSight
from lineage.access.visibility import Visibility
from lineage.errors import InputError, NotFound
from lineage.ids import dataset_id, job_id
from lineage.ledger import Ledger
from lineage.statements import ENTRY_KINDS, Retraction, decode
from lineage.store.contract import GraphReader

OPEN_KINDS: Final = frozenset({"heartbeat", "graph.digest", "key.rotate", "projector"})
"""Entries about the log itself: they name no thing."""

Pair = tuple[str, str]


class EntrySight:
    """The entries of one ledger as one principal sees them; without a visibility, all."""

    def __init__(
        self,
        ledger: Ledger,
        visibility: Visibility | None = None,
        statements: StatementSight | None = None,
        graph: GraphReader | None = None,
    ) -> None:
        self._ledger = ledger
        self._visibility = visibility
        self._statements = statements
        self._openness = None if visibility is None or graph is None else Openness(visibility, graph)

    @property
    def sees_everything(self) -> bool:
        """Whether no entry is hidden."""
        return self._visibility is None

    def listed(self, positions: Iterable[int]) -> list[int]:
        """Of these positions, those whose entries may be listed and proved. NotFound beyond the ledger's end."""
        asked = list(positions)
        if self._visibility is None:
            return asked
        speakers: dict[int, Pair] = {}
        seen: set[int] = set()
        for position in dict.fromkeys(asked):
            kind = self._ledger.leaf(position).kind
            if kind == EVENT_KIND:
                if (speaker := _speaker(self._event(position))) is not None:
                    speakers[position] = speaker
            elif self._sees_other(position, kind):
                seen.add(position)
        known = self._visibility.names_seen(set(speakers.values()))
        seen.update(position for position, speaker in speakers.items() if speaker in known)
        return [position for position in asked if position in seen]

    def opened(self, position: int) -> bool:
        """Whether what the entry says may be read, received bytes included. NotFound beyond the ledger's end."""
        if self._visibility is None:
            return True
        kind = self._ledger.leaf(position).kind
        return self._opens(self._event(position)) if kind == EVENT_KIND else self._sees_other(position, kind)

    def require(self, position: int) -> None:
        """NotFound for what is not to be opened, in the same words for what is not there."""
        if self._visibility is None:
            return
        if position >= self._ledger.size() or not self.opened(position):
            raise NotFound(f"No entry {position}. Ask for another, or whoever gave you access for more.")

    # ---- how it is judged ------------------------------------------------------------------------------------------

    def _event(self, position: int) -> dict[str, Any] | None:
        norm = self._ledger.part(position, NORM)
        if norm is None:
            return None
        value = orjson.loads(norm)
        return value if isinstance(value, dict) else None

    def _opens(self, event: dict[str, Any] | None) -> bool:
        assert self._visibility is not None and self._openness is not None
        if event is None or not self._visibility.sees_names(set(names_in(event))):
            return False
        speaker = _speaker(event)
        if speaker is None:
            return False
        touched = self._visibility.resolve([dataset_id(*pair) for pair in names_in(event)], self._visibility.latest)
        if not self._openness.whole(set(touched.values())):
            return False
        jobs = self._visibility.resolve([job_id(*speaker)], self._visibility.latest) if "job" in event else {}
        return self._openness.open(list(jobs.values())) == set(jobs.values())

    def _sees_other(self, position: int, kind: str) -> bool:
        if kind in OPEN_KINDS:
            return True
        if kind not in ENTRY_KINDS or self._statements is None:
            return False
        norm = self._ledger.part(position, NORM)
        if norm is None:
            return False
        try:
            statement = decode(kind, norm)
        except InputError:  # a newer version wrote it: nobody here knows what it names
            return False
        if isinstance(statement, Retraction):
            retracted = self._ledger.leaf(statement.index).kind if statement.index < position else ""
            return retracted == kind and self._sees_other(statement.index, kind)
        return self._statements.sees(statement)


def _speaker(event: dict[str, Any] | None) -> Pair | None:
    """(namespace, name) of the job that an event is about, else of its dataset."""
    for key in ("job", "dataset"):
        told = (event or {}).get(key)
        if isinstance(told, dict):
            namespace, name = told.get("namespace"), told.get("name")
            if isinstance(namespace, str) and isinstance(name, str):
                return namespace, name
    return None
