"""What a statement was found to do, while it is being found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from collectors.sql.analysis import Analysis, place_of
from collectors.sql.answer import Action, ColumnEdge, Kind, Lifecycle, Place, Reason, StatementLineage
from collectors.sql.relations import Cell, Item, Relation, Source, merged
from collectors.sql.ways import WORDS


class Found:
    """Collects reads, writes and edges of one statement; `lineage` makes the answer of them."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.kind = Kind.OTHER
        self.writes: dict[str, str] = {}
        self.lifecycle: list[Lifecycle] = []
        self.cells: dict[tuple[str | None, str], tuple[str, Cell, Place | None]] = {}
        self.control: dict[str | None, Cell] = {}
        self.outputs: list[str] = []
        self.returned: Relation | None = None

    def write(self, table: exp.Expr | str) -> str:
        name = table if isinstance(table, str) else self.analysis.name_of(table)
        if name:
            self.writes.setdefault(name.lower(), name)
        return name

    def happen(self, action: Action, table: str, other: str | None = None) -> None:
        if table:
            self.lifecycle.append(Lifecycle(action, table, other))

    def fill(
        self, target: str | None, relation: Relation, names: Sequence[str] | None = None, *, by_name: bool = False
    ) -> None:
        """The relation's rows go into `target`: by position into `names`, else under their own names."""
        for name, item in _paired(relation.items(), names, by_name):
            self.column(target, name, item.cell, item.node)
            self.outputs.append(name)
            if item.star is not None:
                tables = ", ".join(item.star.tables()) or "a value"
                self.analysis.unresolved(Reason.STAR, "*" if name == "*" else name,
                    f"The columns of {tables} are not known, so a star over it stays shut. Give the table's schema.",
                    item.node, item.star.tables())  # fmt: skip
        self.decide(target, relation.control)

    def column(self, target: str | None, name: str, cell: Cell, node: exp.Expr | None = None) -> None:
        """Column `name` of `target` comes from `cell`; said twice, it comes from both."""
        key = (target, name.lower())
        known = self.cells.get(key)
        if known is None:
            self.cells[key] = (name, cell, place_of(node))
        else:
            both = dict(known[1])
            for source, ways in cell.items():
                both[source] = both.get(source, 0) | ways
            self.cells[key] = (known[0], both, known[2])

    def decide(self, target: str | None, control: Cell) -> None:
        """These columns decide about every row of `target`."""
        if control:
            known = self.control.setdefault(target, {})
            for source, ways in control.items():
                known[source] = known.get(source, 0) | ways

    def remember(self, name: str, relation: Relation) -> None:
        """Keep a temporary table for the statements that follow. Alone in its text, it is all that was asked, and shows."""
        self.kind = Kind.CREATE
        if self.analysis.is_script:
            self.analysis.temporary[name.lower()] = relation
        else:
            self.write(name)
            self.happen(Action.CREATE, name)
            self.fill(name, relation)

    def retarget(self, target: str, names: Sequence[str] = ()) -> None:
        """What came out as a result (a query inside another statement) goes into `target`, perhaps under other names."""
        results = [(key, value) for key, value in self.cells.items() if key[0] is None]
        for index, (key, (name, cell, place)) in enumerate(results):
            del self.cells[key]
            column = names[index] if len(names) == len(results) else name
            self.cells[(target, column.lower())] = (column, cell, place)
        self.outputs = [self.cells[key][0] for key in self.cells if key[0] == target]
        if None in self.control:
            self.decide(target, self.control.pop(None))

    def take(self, other: Found) -> None:
        """All that `other` found, as if this statement had done it."""
        self.kind = other.kind
        self.writes.update(other.writes)
        self.lifecycle += other.lifecycle
        self.outputs += other.outputs
        for (target, _), (name, cell, place) in other.cells.items():
            known = self.cells.get((target, name.lower()))
            self.cells[(target, name.lower())] = (name, merged((known[1], cell)) if known else cell, place)
        for table, control in other.control.items():
            self.decide(table, control)

    def lineage(self) -> StatementLineage:
        """The answer. Call once, at the end of the statement."""
        analysis = self.analysis
        for inner in analysis.inner:
            for key, value in inner.writes.items():
                self.writes.setdefault(key, value)
            self.lifecycle += inner.lifecycle
            for cell_key, (name, cell, place) in inner.cells.items():
                self.cells.setdefault(cell_key, (name, cell, place))
            for target, control in inner.control.items():
                self.decide(target, control)
        analysis.inner = []
        edges: list[ColumnEdge] = []
        for (target, _), (name, cell, place) in self.cells.items():
            if cell:
                _edges(edges, target, name, cell, place)
        for target, control in self.control.items():
            _edges(edges, target, None, control, None)
        return StatementLineage(
            self.kind, tuple(analysis.reads.values()), tuple(self.writes.values()), tuple(self.lifecycle), tuple(edges),
            tuple(self.outputs), tuple(analysis.problems.values()),
        )  # fmt: skip


def _edges(
    edges: list[ColumnEdge], target: str | None, name: str | None, cell: Iterable[Source] | Cell, place: Place | None
) -> None:
    assert isinstance(cell, dict)
    for source, ways in cell.items():
        if ways & (ways - 1) == 0:  # one way, as nearly always
            flow, word, masking = _ONE[ways]
            edges.append(ColumnEdge(source.table, source.column, target, name, flow, word, masking, place))
        else:
            for way, flow, word, masking in WORDS:
                if ways & way:
                    edges.append(ColumnEdge(source.table, source.column, target, name, flow, word, masking, place))


_ONE = {way: (flow, word, masking) for way, flow, word, masking in WORDS}


def _paired(items: list[Item], names: Sequence[str] | None, by_name: bool) -> list[tuple[str, Item]]:
    """Each output with the target column that takes it."""
    if names is None or by_name:
        spelled = {name.lower(): name for name in names or ()}
        return [(spelled.get(item.name.lower(), item.name), item) for item in items]
    stars = [index for index, item in enumerate(items) if item.star is not None]
    if not stars:
        return (
            list(zip(names, items, strict=False)) if len(items) <= len(names) else [(item.name, item) for item in items]
        )
    # Before the first star positions count from the front, after the last from the back; between them nobody knows.
    first, last = stars[0], stars[-1]
    tail = items[last + 1 :]
    middle = names[first : len(names) - len(tail)] if len(names) >= first + len(tail) else []
    star = (
        items[first]
        if len(stars) == 1
        else Item("*", {s: w for i in stars for s, w in items[i].cell.items()}, None, items[first].star)
    )
    return [
        *zip(names[:first], items[:first], strict=False),
        *((name, star) for name in middle),
        *zip(names[len(names) - len(tail) :] if tail else (), tail, strict=False),
    ]


def rows_of(found: Found, target: str) -> Relation:
    """The target's own rows, as a relation that is not read."""
    return found.analysis.base(target, read=False)
