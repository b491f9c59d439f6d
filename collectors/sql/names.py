"""Names of tables, and what is known of their columns.

The one idea: names are compared in lower case and shown as first spelled; a schema is indexed once, by whole name and
by last part, and its columns only when a table is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlglot import exp

FILE_FORMATS: Final = frozenset(
    {"csv", "json", "parquet", "orc", "text", "avro", "delta", "binaryfile", "xml", "iceberg"}
)
"""Spark's `format.`path``: a file, not a table of a database of that name."""

Columns = tuple[str, ...]


def top_level(columns: Columns) -> Columns:
    """Without nested paths (`after.id`), which are fields of a column: no star brings them by themselves."""
    return tuple(column for column in columns if "." not in column)


class SchemaIndex:
    """Tables and their columns as somebody knows them. Keep one and pass it to every call: it is indexed once."""

    __slots__ = ("_by_last", "_columns", "_given", "_names")

    def __init__(self, tables: Mapping[str, Mapping[str, object] | Iterable[str]]) -> None:
        """`tables`: dotted name → its columns in order, as a mapping to types or as plain names."""
        self._given = {name.lower(): columns for name, columns in tables.items()}
        self._names = {name.lower(): name for name in tables}
        self._by_last: dict[str, list[str]] = {}
        for key in self._given:
            self._by_last.setdefault(key.rpartition(".")[2], []).append(key)
        self._columns: dict[str, Columns] = {}

    def find(self, name: str) -> tuple[str, Columns] | None:
        """(name as the schema spells it, columns) of the table that `name` means: exact, or the only one that ends or
        begins the same way (one side is qualified further than the other)."""
        key = name.lower()
        if key not in self._given:
            near = [
                k
                for k in self._by_last.get(key.rpartition(".")[2], ())
                if k.endswith("." + key) or key.endswith("." + k)
            ]
            if len(near) != 1:
                return None
            key = near[0]
        columns = self._columns.get(key)
        if columns is None:
            columns = self._columns[key] = tuple(self._given[key])
        return self._names[key], columns


EMPTY_SCHEMA: Final = SchemaIndex({})


class Defaults:
    """The catalogue and schema that an unqualified name falls into; USE changes them on the way through a script."""

    __slots__ = ("catalog", "schema")

    def __init__(self, catalog: str | None, schema: str | None) -> None:
        self.catalog = catalog.strip('"`') if catalog else None
        self.schema = schema.strip('"`') if schema else None

    def qualify(self, parts: tuple[str, ...]) -> str:
        if len(parts) == 1 and self.schema:
            parts = (self.schema, *parts)
            return ".".join((self.catalog, *parts) if self.catalog else parts)
        if len(parts) == 2 and self.catalog:
            parts = (self.catalog, *parts)
        return ".".join(parts)


def word(part: object) -> str:
    """The text of one part of a name: an identifier, nothing, or the nothing between two dots."""
    return part.name if isinstance(part, exp.Expr) else ""


def parts_of(table: exp.Expr) -> tuple[str, ...]:
    """('catalog', 'schema', 'table') as far as given; () for a table function; a file's path is one part."""
    args = table.args
    this = args.get("this")
    if isinstance(this, exp.Dot):  # four parts and more
        return tuple(i.args["this"] for i in _dotted(this))
    if isinstance(this, exp.Var):
        return (stage(this.name),)
    if isinstance(this, exp.Parameter):
        return ("@" + this.name,)
    if not isinstance(this, exp.Identifier):
        return ()
    name: str = this.args["this"].partition("$")[0] or this.args["this"]  # BigQuery's `t$20260101` is a partition of t
    if this.args.get("temporary") and not name.startswith("#"):
        name = "#" + name  # T-SQL's parser takes the sign off
    db, catalog = word(args.get("db")), word(args.get("catalog"))
    if catalog:
        return (catalog, db, name)
    if db:
        if this.args.get("quoted") and db.lower() in FILE_FORMATS and ("/" in name or "." in name):
            return (name,)
        return (db, name)
    return (name,)


def _dotted(dot: exp.Dot) -> list[exp.Identifier]:
    return [i for i in dot.flatten() if isinstance(i, exp.Identifier)]


def stage(text: str) -> str:
    """A stage without the path inside it: `@db.stage/2024/x.csv` → `@db.stage`; `@~/x` and `@%table/x` alike."""
    return text.partition("/")[0] if text.startswith("@") else text


def column_list(schema: exp.Expr) -> list[str]:
    """The columns that `t (a, b INT, …)` names."""
    return [c.name for c in schema.expressions if isinstance(c, (exp.Identifier, exp.ColumnDef, exp.Column))]
