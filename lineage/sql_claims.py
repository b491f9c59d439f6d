"""Where the producer is silent, vague or wrong about columns, its SQL may know: the two are joined here, column by column.

The one idea: a typed facet that can be true is never overridden. For each output column that the facet leaves out, leaves untyped, or
takes from a CTE, the statement decides if it knows *all* sources of that column; else what the facet said stays. Every claim that SQL
had a say in carries how: it fills a gap, agrees with the facet, or refutes it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lineage.claim_sets import ClaimSet
from lineage.events import ColumnClaim, RawName
from lineage.facts import Flow
from lineage.names import normal_column
from lineage.sql_reading import SqlColumn, SqlReading

if TYPE_CHECKING:
    from lineage.claims import Place, View

UNRESOLVED_MAX = 5  # reasons kept with an edge: a person reads the first few, a program counts jobs
DIALECTS = {
    "postgres": "postgres", "postgresql": "postgres", "redshift": "redshift", "snowflake": "snowflake", "bigquery": "bigquery",
    "mysql": "mysql", "mariadb": "mysql", "sqlserver": "tsql", "mssql": "tsql", "oracle": "oracle", "duckdb": "duckdb",
    "sqlite": "sqlite", "trino": "trino", "presto": "presto", "hive": "hive", "athena": "athena", "clickhouse": "clickhouse",
    "databricks": "databricks", "unitycatalog": "databricks", "teradata": "teradata", "spark": "spark",
}  # fmt: skip
"""Namespace scheme -> sqlglot's dialect, where the facet tells none (Airflow's does not)."""

_SAYINGS = {
    saying: json.dumps({"because": because, "sql": saying}, separators=(",", ":"))
    for saying, because in {
        "fills": "parsed from the run's SQL; the producer told nothing of this column",
        "agrees": "parsed from the run's SQL, which agrees with the producer",
        "refutes": "parsed from the run's SQL, against what the producer told",
    }.items()
}
"""What an edge carries of the part that SQL had in it: canonical JSON (sorted keys)."""


@dataclass(frozen=True, slots=True)
class Believed:
    """The claims about one output that are believed, and what SQL had to do with each."""

    claims: tuple[ColumnClaim, ...]
    sayings: dict[ColumnClaim, str] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()
    open: frozenset[RawName] = frozenset()
    """Tables of which a statement takes columns that it does not name (a star over an unknown schema): more of them may flow."""


def believe(told: ClaimSet, facet: Sequence[ColumnClaim] | None, output: "Place", view: "View") -> Believed | None:
    """The facet's claims (None: it is silent, or was refuted) and the SQL's, joined. None: nothing is known of columns."""
    statements = [_Statement(sql, told, output, view) for sql in told.sql]
    readings = [reading for statement in statements if (reading := statement.read()) is not None]
    if not readings:
        return None if facet is None else Believed(tuple(facet))
    parsed: dict[str | None, set[ColumnClaim]] = defaultdict(set)
    unresolved: list[str] = []
    for claims, reasons in readings:
        unresolved += reasons
        for target, found in claims.items():
            parsed[target] |= found
    if not parsed and facet is None and not unresolved:
        return None
    refuted = told.claims is not None and facet is None
    joined = _join(facet, parsed, output.name.namespace, refuted=refuted)
    # what the producer told with its type needs no statement: then nothing is open
    typed = any(claim.typed for claim in facet or ())
    taken = frozenset() if typed else frozenset(name for statement in statements for name in statement.open)
    return replace(joined, unresolved=tuple(unresolved[:UNRESOLVED_MAX]), open=taken)


def _join(
    facet: Sequence[ColumnClaim] | None, parsed: dict[str | None, set[ColumnClaim]], namespace: str, *, refuted: bool
) -> Believed:
    by_target: dict[str | None, list[ColumnClaim]] = defaultdict(list)
    for claim in facet or ():
        by_target[_key(claim.target, namespace)].append(claim)
    claims: list[ColumnClaim] = []
    sayings: dict[ColumnClaim, str] = {}
    for target in sorted({*by_target, *parsed}, key=lambda t: (t is not None, t or "")):
        said, found = by_target.get(target, []), parsed.get(target)
        if found is None or any(c.typed for c in said):
            claims += said
            continue
        if not said:
            saying = "refutes" if refuted else "fills"
        else:
            saying = "agrees" if _values(said) == _values(found) else "refutes"
        claims += sorted(found, key=repr)
        sayings |= dict.fromkeys(found, _SAYINGS[saying])
    return Believed(tuple(dict.fromkeys(claims)), sayings)


def _values(claims: Iterable[ColumnClaim]) -> set[tuple[RawName, str | None]]:
    return {(c.source, c.column and c.column.casefold()) for c in claims if c.flow is Flow.VALUE}


def _key(target: str | None, namespace: str) -> str | None:
    return None if target is None else normal_column(namespace, target).casefold()


class _Statement:
    """One statement of a run, read with what is known of the tables around it."""

    def __init__(self, sql: str, told: ClaimSet, output: "Place", view: "View") -> None:
        facet = json.loads(sql)
        self.query: str = facet.get("query") or ""
        self.dialect: str = facet.get("dialect") or ""
        self.told, self.output, self.view = told, output, view
        self.tables: dict[str, RawName] = {}
        """Dotted name in lower case -> the raw name that it means."""
        self.spelled: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.open: set[RawName] = set()

    def read(self) -> tuple[dict[str | None, set[ColumnClaim]], list[str]] | None:
        """target -> the claims about it where all its sources are known; and what stayed unresolved."""
        for name in (*self.told.inputs, *self.told.outputs):
            self._offer(name)
        own = self._own_name()
        parts = own.split(".") if own else []
        database, schema = (parts[-3] if len(parts) > 2 else ""), (parts[-2] if len(parts) > 1 else "")
        tables = tuple(sorted(self.spelled.values()))
        reading = self.view.analyse(self.query, self.dialect or self._dialect(), tables, database, schema)
        if reading is None or not self._writes_output(reading):
            return None
        return self._claims(reading), list(reading.unresolved)

    def _offer(self, name: RawName) -> None:
        """A table of the run by every name that SQL may have for it."""
        place = self.view.dataset(name)
        if place is None:
            return
        columns = self.view.columns(place)
        if name in self.told.outputs and place.id == self.output.id and self.told.columns:
            columns = self.told.columns
        for spelling in sorted(self.view.spellings(place) | {name}):
            if "/" not in spelling.name:
                dotted = ".".join(part.strip('"`[]') for part in spelling.name.split("."))
                self.tables.setdefault(dotted.lower(), name)
                self.spelled.setdefault(dotted.lower(), (dotted, columns))

    def _own_name(self) -> str:
        own = [n.name for n in self.view.spellings(self.output) if "/" not in n.name]
        return max(sorted(own), key=lambda n: n.count("."), default="")

    def _dialect(self) -> str:
        for name in (self.output.name, *self.told.inputs):
            scheme = name.namespace.partition("://")[0].lower()
            if scheme in DIALECTS:
                return DIALECTS[scheme]
        return ""

    def _writes_output(self, reading: SqlReading) -> bool:
        """Whether this statement is about the output: it writes it, or is the SELECT of a run that writes nothing else."""
        if reading.writes and any(self._is_output(w) for w in reading.writes):
            return True
        places = {p.id for n in self.told.outputs if (p := self.view.dataset(n)) is not None}
        known = any(self._table(w) is not None for w in reading.writes)
        return len(places) == 1 and not known and len(reading.writes) <= 1

    def _is_output(self, table: str) -> bool:
        name = self._table(table)
        place = self.view.dataset(name) if name is not None else None
        return place is not None and place.id == self.output.id

    def _table(self, table: str) -> RawName | None:
        """The raw name behind a table of the text: one of the run's, else a dataset of that name beside the output."""
        key = table.lower()
        if key in self.tables:
            return self.tables[key]
        near = {n for k, n in self.tables.items() if k.endswith("." + key) or key.endswith("." + k)}
        if len(near) == 1:
            return near.pop()
        beside = RawName(self.output.name.namespace, table)
        return beside if self.view.dataset(beside) is not None else None

    def _claims(self, reading: SqlReading) -> dict[str | None, set[ColumnClaim]]:
        claims: dict[str | None, set[ColumnClaim]] = defaultdict(set)
        unknown: set[str | None] = set()
        for column in reading.columns:
            if column.target_table is not None and reading.writes and not self._about_output(column, reading):
                continue
            target = _key(column.target, self.output.name.namespace)
            source = self._table(column.source_table) if column.source_table is not None else None
            if column.target == "*" or source is None or column.source == "*":
                unknown.add(target)
                self.open |= {source} if source is not None else set(self.told.inputs)
                continue
            claims[target].add(
                ColumnClaim(column.target, source, column.source, column.flow, column.label, column.masking, typed=True)
            )
        # a column of which one source is unknown is not known; what decides about rows is told as far as it is known
        return {t: found for t, found in claims.items() if t is None or t not in unknown}

    def _about_output(self, column: SqlColumn, reading: SqlReading) -> bool:
        assert column.target_table is not None
        return self._is_output(column.target_table) or (
            len(reading.writes) == 1 and self._table(column.target_table) is None
        )
