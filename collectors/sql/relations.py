"""Relations: what a FROM clause offers, each a map from column to the sources it comes from.

The one idea: a column's sources are a `Cell`, a dictionary from Source to ways (ways.py), never changed once it is
made, so that a column which passes through ten layers untouched is one object shared by all of them. A relation may be
*open*: it may have columns that nobody told us of, and says what they would come from if they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from sqlglot import exp

from collectors.sql.names import Columns, top_level
from collectors.sql.ways import IDENTITY


class Source(NamedTuple):
    """A column of a table; of one of the tables `candidates`, when the table is None."""

    table: str | None
    column: str
    candidates: tuple[str, ...] = ()


Cell = dict[Source, int]
NOTHING: Cell = {}


class Item(NamedTuple):
    """One output: a column, or (`star` given) all that an open relation may have."""

    name: str
    cell: Cell
    node: exp.Expr | None = None
    star: Relation | None = None


def merged(cells: Iterable[Cell]) -> Cell:
    """The union of cells, the first itself where it is the only one that is not empty."""
    out: Cell = NOTHING
    owned = False
    for cell in cells:
        if not cell or cell is out:
            continue
        if not out:
            out = cell
            continue
        if not owned:
            out, owned = dict(out), True
        for source, ways in cell.items():
            out[source] = out.get(source, 0) | ways
    return out


class Relation:
    """The contract. `control` are the columns that decide which rows the relation has."""

    __slots__ = ("control",)

    weak: ClassVar[bool] = False
    """Made of one value: a column that a table in reach may have is likelier the table's."""

    scalar: ClassVar[bool] = False
    """ClickHouse's `WITH expression AS name`: the name is a value, not a table."""

    def __init__(self) -> None:
        self.control: Cell = NOTHING

    def find(self, key: str) -> Cell | None:
        """The column that the relation is known to have; `key` is lower case."""
        raise NotImplementedError

    def is_open(self) -> bool:
        """Whether it may have columns that `find` does not know."""
        return False

    def assume(self, name: str) -> Cell:
        """The column `name`, on the word of the statement that uses it. For open relations, and bases."""
        raise NotImplementedError

    def items(self) -> list[Item]:
        """What a star over it gives."""
        raise NotImplementedError

    def tables(self) -> tuple[str, ...]:
        """The tables that its unknown columns may come from."""
        return ()


class Base(Relation):
    """A table of the database. One object per table and statement, however often it is named."""

    __slots__ = ("_cells", "_spelled", "columns", "name")

    def __init__(self, name: str, columns: Columns | None) -> None:
        super().__init__()
        self.name = name
        self.columns = columns
        self._cells: dict[str, Cell] = {}
        self._spelled: dict[str, str] = {c.lower(): c for c in columns} if columns is not None else {}

    def find(self, key: str) -> Cell | None:
        if key not in self._spelled:
            return None
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = {Source(self.name, self._spelled[key]): IDENTITY}
        return cell

    def is_open(self) -> bool:
        return self.columns is None

    def assume(self, name: str) -> Cell:
        key = name.lower()
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = {Source(self.name, self._spelled.get(key, name)): IDENTITY}
        return cell

    def items(self) -> list[Item]:
        if self.columns is None:
            return [Item("*", {Source(self.name, "*"): IDENTITY}, None, self)]
        return [Item(column, self.assume(column)) for column in top_level(self.columns)]

    def tables(self) -> tuple[str, ...]:
        return (self.name,)


class Derived(Relation):
    """The result of a query: its items by name, and what its unexpanded stars leave open."""

    __slots__ = ("_cells", "_hidden", "_items", "_open")

    def __init__(self, items: list[Item], hidden: frozenset[str] = frozenset()) -> None:
        """`hidden`: keys that no star of it brings (EXCLUDE, or renamed away)."""
        super().__init__()
        self._items = items
        cells: dict[str, Cell] = {}
        stars: list[Relation] = []
        for item in items:
            if item.star is None:
                key = item.name.lower()
                if key in cells:
                    if cells[key] is not item.cell:
                        cells[key] = merged((cells[key], item.cell))
                else:
                    cells[key] = item.cell
            elif item.star not in stars:
                stars.append(item.star)
        self._cells = cells
        self._open = stars
        self._hidden = hidden

    def find(self, key: str) -> Cell | None:
        return self._cells.get(key)

    def is_open(self) -> bool:
        return bool(self._open)

    def assume(self, name: str) -> Cell:
        key = name.lower()
        if key in self._hidden:
            return NOTHING
        if len(self._open) == 1:
            found = self._open[0].find(key)
            return found if found is not None else self._open[0].assume(name)
        return {Source(None, name, self.tables()): IDENTITY}

    def items(self) -> list[Item]:
        return self._items

    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t for relation in self._open for t in relation.tables()))


class Scalar(Derived):
    """The value of `WITH expression AS name`."""

    __slots__ = ()
    scalar = True


class Union(Relation):
    """A set operation of which a side is open: columns meet by name, as positions are not known."""

    __slots__ = ("_sides",)

    def __init__(self, sides: list[Relation]) -> None:
        super().__init__()
        self._sides = sides
        self.control = merged(side.control for side in sides)

    def find(self, key: str) -> Cell | None:
        found = [side.find(key) for side in self._sides]
        if any(cell is None for cell in found):
            return None
        return merged(cell for cell in found if cell is not None)

    def is_open(self) -> bool:
        return True

    def assume(self, name: str) -> Cell:
        key = name.lower()
        cells = []
        for side in self._sides:
            cell = side.find(key)
            if cell is None and side.is_open():
                cell = side.assume(name)
            if cell is not None:
                cells.append(cell)
        return merged(cells)

    def items(self) -> list[Item]:
        stars: dict[tuple[Source, ...], Item] = {}
        named: dict[str, Item] = {}
        for side in self._sides:
            for item in side.items():
                if item.star is not None:
                    stars.setdefault(tuple(item.cell), item)
                else:
                    known = named.get(item.name.lower())
                    named[item.name.lower()] = (
                        Item(item.name, merged((known.cell, item.cell)), known.node) if known else item
                    )
        # One star that stands for this relation, so that a column asked of it is asked of every side.
        return [*named.values(), Item("*", merged(item.cell for item in stars.values()), None, self)]

    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t for side in self._sides for t in side.tables()))


class Spread(Relation):
    """Rows made from a value (UNNEST, FLATTEN, a table function): every column of it comes from that value."""

    weak = True

    __slots__ = ("_cell", "_given", "_items", "_known")

    def __init__(self, cell: Cell, names: Iterable[str], *, given: bool) -> None:
        """`given`: `names` are all columns there are; else there may be more (fields of a struct)."""
        super().__init__()
        self._cell = cell
        self._items = [Item(name, cell) for name in names]
        self._known = {item.name.lower() for item in self._items}
        self._given = given

    def find(self, key: str) -> Cell | None:
        return self._cell if key in self._known else None

    def is_open(self) -> bool:
        return not self._given

    def assume(self, name: str) -> Cell:
        return self._cell

    def items(self) -> list[Item]:
        return self._items or [Item("*", self._cell, None, self)]


def renamed(relation: Relation, names: list[str]) -> Relation:
    """`relation` under a list of column names: `AS t (a, b)`. What is behind a star keeps its own name."""
    if not names:
        return relation
    items = relation.items()
    if any(item.star is not None for item in items[: len(names)]):
        star = next(item for item in items if item.star is not None)
        if len(items) == 1 and not isinstance(relation, Spread):
            # Which column each name stands for is not known, only which table it is of.
            out = Derived(
                [Item(name, {Source(s.table, "*", s.candidates): w for s, w in star.cell.items()}) for name in names]
            )
            out.control = relation.control
            return out
        if isinstance(relation, Spread):
            out = Derived([Item(name, star.cell) for name in names])
            out.control = relation.control
            return out
        return relation
    out = Derived(
        [Item(name, item.cell, item.node, item.star) for name, item in zip(names, items, strict=False)]
        + items[len(names) :]
    )
    out.control = relation.control
    return out
