"""The projector: follows the ledger in index order and keeps the graph true to it.

    entry ─► Event ─► names, runs, entries of sources ─► units folded ─► Change ─► outbox ─► store

The one idea: no handler ever patches the graph. An entry adds to stored sets (names.py, runs, sources), which makes *units* dirty; a
dirty unit's facts are computed from its sets, compared with what the unit said before, and the difference is the entry's
Change. So order, duplicates, late events, replay and undo are one case. Each entry is folded by itself, only the writes are batched:
known bounds are per entry, live and rebuilt.
"""

from lineage.projector.follow import Progress, follow, rebuild
from lineage.projector.seen import StateSeen

__all__ = ["Progress", "StateSeen", "follow", "rebuild"]
