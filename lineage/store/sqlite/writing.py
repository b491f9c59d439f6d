"""Writes: the changes of many ledger entries in one transaction.

The one idea: a batch is netted before it is written. What it opens and closes itself becomes a closed row at once, all
other closings are one pass of updates, all openings one pass of inserts, and all new ids and texts are found in bulk.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from lineage.errors import StoreError
from lineage.facts import Change, Fact, Interval, Node, NodeKind, Relation
from lineage.moment import FOREVER
from lineage.store.digests import version_digest
from lineage.store.matching import SEARCHED_BY_NAME, spelling, spelling_of
from lineage.store.sqlite.rows import applied as applied_size
from lineage.store.sqlite.rows import numbers
from lineage.store.sqlite.schema import CERTAINTIES, EVIDENCE, FLOWS, KINDS, NOTHING, RELATIONS

INTERNED_MAX: Final = 400_000  # texts whose integers the writer remembers: some 80 MB at most
SEARCHED: Final = SEARCHED_BY_NAME | {NodeKind.COLUMN}

_INSERT: Final = f"INSERT INTO graph_version VALUES (NULL{', ?' * 17})"
_CLOSE: Final = f"""UPDATE graph_version SET known_to = ? WHERE relation = ? AND subject = ? AND known_to = {FOREVER}
    AND valid_to = ? AND valid_from = ? AND object = ? AND digest = ?"""


class _Version(NamedTuple):
    """A version on its way into the file; known_from is not told of one that is only closed."""

    fact: Fact
    valid: Interval
    digest: bytes
    known_from: int = 0
    known_to: int = FOREVER


class Interned:
    """The integers of texts in one table, remembered between batches. Forget them when a transaction was undone."""

    def __init__(self, table: str, column: str) -> None:
        self._table, self._column = table, column
        self._ids: dict[str, int] = {"": NOTHING}

    def forget(self) -> None:
        self._ids = {"": NOTHING}

    def intern(self, connection: sqlite3.Connection, texts: Iterable[str]) -> dict[str, int]:
        """Integers for all these texts, new ones inserted; the mapping may hold more."""
        if len(self._ids) > INTERNED_MAX:
            self.forget()
        # in the order of their first use, not of their text: what comes together is later read together
        if missing := [text for text in dict.fromkeys(texts) if text not in self._ids]:
            sql = f"""SELECT t.{self._column}, t.id FROM json_each(?) f
                      CROSS JOIN {self._table} t ON t.{self._column} = f.value"""
            self._ids.update(connection.execute(sql, (json.dumps(missing),)))
            new = [text for text in missing if text not in self._ids]
            (last,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {self._table}").fetchone()
            numbered = list(enumerate(new, start=last + 1))
            connection.executemany(f"INSERT INTO {self._table} (id, {self._column}) VALUES (?, ?)", numbered)
            self._ids.update((text, id) for id, text in numbered)
        return self._ids


class Writing:
    """Applies changes on one connection. Not for several threads at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._node_ids = Interned("graph_key", "key")
        self._text_ids = Interned("graph_text", "text")
        self._word_ids = Interned("graph_word", "word")
        self._described: set[str] = set()

    def forget(self) -> None:
        """After a rollback or a wipe: nothing remembered is sure to be in the file."""
        for interned in (self._node_ids, self._text_ids, self._word_ids):
            interned.forget()
        self._described.clear()

    def apply(self, changes: Sequence[Change], applied: int) -> None:
        """GraphWriter.apply, inside the caller's transaction."""
        before = applied_size(self._connection)
        if applied <= before:
            return
        new = [change for change in changes if change.index >= before]
        if any(change.index >= applied for change in new):
            raise ValueError("a change beyond the size that it is said to lead to")
        self._describe(node for change in new for node in change.nodes)
        self._write(sorted(new, key=lambda change: change.index))
        self._connection.execute("UPDATE graph_meta SET applied = ?", (applied,))

    def _describe(self, nodes: Iterable[Node]) -> None:
        """Keep the first description of each node, and the word by which it is searched."""
        fresh: dict[str, Node] = {}
        for node in nodes:
            if node.id not in self._described:
                fresh.setdefault(node.id, node)
        if not fresh:
            return
        ids = self._node_ids.intern(self._connection, fresh)
        sql = "SELECT n.id FROM json_each(?) f CROSS JOIN graph_node n ON n.id = f.value"
        known = {id for (id,) in self._connection.execute(sql, (numbers(ids[key] for key in fresh),))}
        new = [node for key, node in fresh.items() if ids[key] not in known]
        self._connection.executemany(
            "INSERT INTO graph_node VALUES (?, ?, ?, ?, ?, ?)",
            ((ids[n.id], KINDS[n.kind], n.namespace, n.name, n.column, n.version) for n in new),
        )
        self._spell((ids[n.id], n.kind, spelling_of(n).own) for n in new if n.kind in SEARCHED)
        if len(self._described) > INTERNED_MAX:
            self._described.clear()
        self._described |= fresh.keys()

    def _spell(self, spellings: Iterable[tuple[int, NodeKind, str]]) -> None:
        folded = [(own.casefold(), KINDS[kind], node) for node, kind, own in spellings]
        words = self._word_ids.intern(self._connection, (word for word, _, _ in folded))
        rows = ((words[word], kind, node) for word, kind, node in folded)
        self._connection.executemany("INSERT OR IGNORE INTO graph_spelling VALUES (?, ?, ?)", rows)

    def _write(self, changes: Sequence[Change]) -> None:
        """Net the batch, then close, then open: a version that is closed and opened again finds itself closed."""
        if not changes:
            return
        opened: dict[bytes, _Version] = {}
        closed_here: list[_Version] = []
        closed_before: list[_Version] = []
        for change in changes:
            known = change.index + 1
            for fact, valid in change.closed:
                digest = version_digest(fact, valid)
                if found := opened.pop(digest, None):
                    closed_here.append(found._replace(known_to=known))
                else:
                    closed_before.append(_Version(fact, valid, digest, known_to=known))
            for fact, valid in change.opened:
                digest = version_digest(fact, valid)
                opened[digest] = _Version(fact, valid, digest, known_from=known)
        facts = [fact for change in changes for fact, _ in chain(change.closed, change.opened)]
        nodes = self._node_ids.intern(
            self._connection, chain.from_iterable((fact.subject, fact.object, fact.job) for fact in facts)
        )
        texts = self._text_ids.intern(
            self._connection, chain.from_iterable((fact.unit, fact.label, fact.producer) for fact in facts)
        )
        self._close(nodes, closed_before)
        new = [*opened.values(), *closed_here]
        self._connection.executemany(
            _INSERT,
            (
                (
                    RELATIONS[fact.relation], nodes[fact.subject], nodes[fact.object], texts[fact.unit],
                    texts[fact.label], nodes[fact.job], FLOWS[fact.flow], EVIDENCE[fact.evidence],
                    CERTAINTIES[fact.certainty], fact.masking, texts[fact.producer], valid.from_us, valid.to_us,
                    known_from, known_to, digest, fact.value,
                )
                for fact, valid, digest, known_from, known_to in new
            ),
        )  # fmt: skip
        self._spell(_raw_spellings(nodes, (version.fact for version in new)))

    def _close(self, nodes: dict[str, int], closed: Sequence[_Version]) -> None:
        found = self._connection.executemany(
            _CLOSE,
            (
                (
                    known_to, RELATIONS[fact.relation], nodes[fact.subject], valid.to_us, valid.from_us,
                    nodes[fact.object], digest,
                )
                for fact, valid, digest, _, known_to in closed
            ),
        ).rowcount  # fmt: skip
        if closed and found != len(closed):
            raise StoreError(
                f"The graph has {found} of {len(closed)} versions that the next ledger entries close, so it does not "
                "match the projector's state. Run `headwater graph rebuild`.",
                retryable=False,
            )


def _raw_spellings(nodes: dict[str, int], facts: Iterable[Fact]) -> Iterator[tuple[int, NodeKind, str]]:
    for fact in facts:
        if fact.relation is Relation.NAME:
            raw, kind = json.loads(fact.value), NodeKind(fact.label)
            yield nodes[fact.subject], kind, spelling(kind, raw["namespace"], raw["name"]).own
