"""An auditor's answer: rows that can be counted, each with the ledger entries that say so, and what nobody told.

The one idea: no cell is empty because something is not known. It says UNKNOWN, and `unknowns` says why and whom to ask;
null means that the column does not apply to that row. So an empty list is a finding, never a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lineage.errors import LimitExceeded
from lineage.ids import NodeId
from lineage.names.versions import version_name
from lineage.query.answers import (
    Completeness,
    CompletenessReason,
    CompletenessStatus,
    LineageEdge,
    LineageNode,
    ReasonCode,
)
from lineage.query.completeness import merged
from lineage.query.moments import Pinned

UNKNOWN = "UNKNOWN"
ROWS_MAX = 20_000  # a sheet that a person can still open; what is cut is said
UNKNOWN_NODES_MAX = 20  # examples; `count` has the number

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer, in camelCase, with what stands in it."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `entries`: ledger positions that say so, ascending."""

    values: tuple[Value, ...]
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the record does not hold: which column or topic, why, what to do, and about which nodes."""

    what: str
    reason: str
    count: int
    nodes: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A state of the log. `note`: the signed checkpoint, None where nobody signs; `status`: who vouches for it, in words."""

    size: int
    root: bytes
    note: str | None = None
    status: str = "not signed"


@dataclass(frozen=True, slots=True)
class EntryRange:
    """The rows are all that is to be found among the entries start … stop - 1, which is how a list can be shown to be
    complete: whoever reads each of them again finds the same. `filter` says in words what was looked for."""

    start: int
    stop: int
    filter: str


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """What a named question answers."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    unknowns: tuple[Unknown, ...]
    completeness: Completeness
    nodes: tuple[LineageNode, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    scanned: EntryRange | None = None
    older: tuple[Head, ...] = ()
    """Earlier states of the log that the answer speaks of: a pack proves that the log only grew since."""

    @property
    def status(self) -> CompletenessStatus:
        """TRUNCATED over UNKNOWN over COMPLETE, what nobody told included."""
        if self.completeness.status is CompletenessStatus.COMPLETE and self.unknowns:
            return CompletenessStatus.UNKNOWN
        return self.completeness.status

    @property
    def entries(self) -> tuple[int, ...]:
        """Every ledger position that the answer rests on, ascending."""
        told = {each for row in self.rows for each in row.entries}
        told.update(each for edge in self.edges for each in edge.entries)
        return tuple(sorted(told))

    def cells(self, name: str) -> list[Value]:
        """One column, row by row."""
        at = [column.name for column in self.columns].index(name)
        return [row.values[at] for row in self.rows]


@dataclass(slots=True)
class Sheet:
    """An answer in the making. A question adds rows, says what it does not know, and hands in the walks it rests on."""

    pinned: Pinned
    columns: Sequence[Column]
    _rows: list[Row] = field(default_factory=list)
    _unknown: dict[tuple[str, str], dict[NodeId | None, None]] = field(default_factory=dict)
    _parts: list[Completeness] = field(default_factory=list)
    _nodes: dict[NodeId, LineageNode] = field(default_factory=dict)
    _edges: dict[object, LineageEdge] = field(default_factory=dict)
    _cut: int = 0

    def add(self, *values: Value, entries: Iterable[int] = ()) -> None:
        """One row; beyond ROWS_MAX rows are counted only."""
        assert len(values) == len(self.columns), "a question fills all of its columns"
        if len(self._rows) >= ROWS_MAX:
            self._cut += 1
            return
        # below 0: told by somebody whom the asker may not see (lineage/access/veil.py)
        self._rows.append(Row(values, tuple(sorted({each for each in entries if each >= 0}))))

    def unknown(self, what: str, reason: str, *nodes: NodeId) -> str:
        """The word for a cell that nobody told; the reason is kept once, with the nodes that it is about."""
        told = self._unknown.setdefault((what, reason), {})
        told.update(dict.fromkeys(nodes or (None,)))
        return UNKNOWN

    def saw(
        self, completeness: Completeness, nodes: Iterable[LineageNode] = (), edges: Iterable[LineageEdge] = ()
    ) -> None:
        """A walk that the answer rests on."""
        self._parts.append(completeness)
        for node in nodes:
            self._nodes.setdefault(node.id, node)
        for edge in edges:
            self._edges.setdefault((edge.source, edge.target, edge.flow), edge)

    def cut(self, count: int, message: str) -> None:
        """`count` more things were not looked at."""
        self._parts.append(self._note(CompletenessReason(ReasonCode.NODES, message, count)))

    def done(self, *, scanned: EntryRange | None = None, older: tuple[Head, ...] = ()) -> AuditAnswer:
        """The answer; rows in the order in which they were added."""
        if self._cut:
            self.cut(self._cut, f"{self._cut} rows more than {ROWS_MAX} were left out. Ask about less.")
        unknowns = [
            Unknown(what, reason, len(nodes), tuple(n for n in nodes if n is not None)[:UNKNOWN_NODES_MAX])
            for (what, reason), nodes in sorted(self._unknown.items())
        ]
        return AuditAnswer(
            tuple(self.columns),
            tuple(self._rows),
            tuple(unknowns),
            merged(self.pinned, [self._note(), *self._parts]),
            tuple(self._nodes.values()),
            tuple(self._edges.values()),
            scanned,
            older,
        )

    def _note(self, *reasons: CompletenessReason) -> Completeness:
        status = CompletenessStatus.TRUNCATED if reasons else CompletenessStatus.COMPLETE
        if self.pinned.lagging and not reasons:
            behind = self.pinned.ledger_size - self.pinned.graph_index
            message = "The graph has yet to take in the newest entries of the ledger. Ask again later."
            reasons = (CompletenessReason(ReasonCode.LAG, message, behind),)
        known = self.pinned.moment.known
        return Completeness(
            status, reasons, 0, 0, self.pinned.valid_at_us, known, self.pinned.graph_index, self.pinned.ledger_size
        )


def require_at_most(count: int, limit: int, what: str) -> None:
    """LimitExceeded when a question would have to look at more than it may."""
    if count > limit:
        message = f"This would look at {count} {what}, more than {limit}. Ask about a shorter time or fewer nodes."
        raise LimitExceeded(message, limit=limit, asked=count)


def written(node: LineageNode) -> str:
    """`NAMESPACE NAME[#COLUMN]`, as a command takes it; of a version, `NAMESPACE NAME@VERSION`."""
    name = version_name(node.name, node.version) if node.version else node.name
    return f"{node.namespace} {name}" + (f"#{node.column}" if node.column else "")
