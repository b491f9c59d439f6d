"""What must not change lineage does not: names of CTEs and aliases, wrapping, order, formatting, stars by hand, dialect.

Statements are generated (a few CTEs over two tables, joins, expressions, aggregates) and changed in ways that mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.sql import StatementLineage, analyse

SCHEMA = {"t": ["a", "b", "c"], "u": ["d", "e", "f"]}
COLUMNS = {"t": ("a", "b", "c"), "u": ("d", "e", "f")}
SHAPES = (
    "{0}", "upper({0})", "{0} + {1}", "CASE WHEN {0} > 1 THEN {1} END", "coalesce({0}, {1})", "md5({0})",
    "sum({0}) OVER (PARTITION BY {1})",
)  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One CTE: what it reads, its output expressions, the column that filters."""

    name: str
    source: str
    outputs: tuple[tuple[str, str], ...]
    where: str


@dataclass(frozen=True)
class Statement:
    layers: tuple[Layer, ...]
    final: tuple[str, ...]

    def sql(self, *, rename: str = "", wrap: bool = False, star: bool = False, order: tuple[int, ...] = ()) -> str:
        """The statement as text. `rename`: put before every CTE's name; `wrap`: each body in a sub-query; `star`: the last
        SELECT as a star."""
        texts = []
        for layer in self.layers:
            source = layer.source if layer.source in COLUMNS else rename + layer.source
            body = f"SELECT {', '.join(f'{e} AS {n}' for n, e in layer.outputs)} FROM {source} WHERE {layer.where} > 1"
            if wrap:
                body = f"SELECT * FROM ({body}) AS w"
            texts.append(f"{rename}{layer.name} AS ({body})")
        texts = [texts[i] for i in order] if order else texts
        last = rename + self.layers[-1].name
        columns = "*" if star else ", ".join(self.final)
        return f"INSERT INTO target WITH {', '.join(texts)} SELECT {columns} FROM {last}"


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """A chain of one to four layers over t or u."""
    layers: list[Layer] = []
    table = draw(st.sampled_from(["t", "u"]))
    source, names = table, COLUMNS[table]
    for index in range(draw(st.integers(1, 4))):
        outputs = []
        for column in range(draw(st.integers(1, 4))):
            first, second = draw(st.sampled_from(names)), draw(st.sampled_from(names))
            outputs.append((f"o{index}_{column}", draw(st.sampled_from(SHAPES)).format(first, second)))
        layers.append(Layer(f"l{index}", source, tuple(outputs), draw(st.sampled_from(names))))
        source, names = f"l{index}", tuple(name for name, _ in outputs)
    return Statement(tuple(layers), names)


def meaning(answer: StatementLineage) -> frozenset[object]:
    """Everything that lineage says, places aside."""
    assert not answer.unresolved
    edges = {(e.source_table, e.source, e.target_table, e.target, e.transformation, e.masking) for e in answer.columns}
    return frozenset(edges) | frozenset(answer.reads) | frozenset(answer.writes)


def lineage(sql: str, dialect: str = "postgres") -> frozenset[object]:
    return meaning(analyse(sql, dialect=dialect, schema=SCHEMA))


@given(statements())
@settings(max_examples=60, deadline=None)
def test_renaming_ctes(statement: Statement) -> None:
    """A CTE's name is nothing."""
    assert lineage(statement.sql()) == lineage(statement.sql(rename="other_"))


@given(statements())
@settings(max_examples=60, deadline=None)
def test_wrapping_in_a_sub_query(statement: Statement) -> None:
    """SELECT * FROM (query) is the query."""
    assert lineage(statement.sql()) == lineage(statement.sql(wrap=True))


@given(statements())
@settings(max_examples=60, deadline=None)
def test_a_star_is_its_columns(statement: Statement) -> None:
    """A star and the columns that it stands for are the same."""
    assert lineage(statement.sql()) == lineage(statement.sql(star=True))


@given(statements(), st.sampled_from(["u AS q", "t AS q"]))
@settings(max_examples=60, deadline=None)
def test_an_alias_is_nothing(statement: Statement, aliased: str) -> None:
    """A table under an alias, its columns qualified, is the table."""
    table = aliased[0]
    columns = COLUMNS[table]
    plain = f"SELECT {', '.join(columns)} FROM {table} WHERE {columns[0]} > 1"
    renamed = f"SELECT {', '.join('q.' + c for c in columns)} FROM {aliased} WHERE q.{columns[0]} > 1"
    assert lineage(plain) == lineage(renamed)


@given(statements(), statements(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_order_of_independent_ctes(left: Statement, right: Statement, swapped: bool) -> None:
    """CTEs that do not see each other may stand in any order."""
    one, two = left.layers[0], right.layers[0]

    def body(layer: Layer, name: str) -> str:
        return f"{name} AS (SELECT {', '.join(f'{e} AS {name}{n}' for n, e in layer.outputs)} FROM {layer.source})"

    texts = [body(one, "x"), body(two, "y")]
    ends = f"SELECT * FROM x CROSS JOIN y"  # noqa: F541 -- reads like the rest
    assert lineage(f"WITH {', '.join(texts)} {ends}") == lineage(f"WITH {', '.join(reversed(texts))} {ends}")


@given(statements())
@settings(max_examples=40, deadline=None)
def test_formatting(statement: Statement) -> None:
    """Line breaks, comments and case of the words mean nothing."""
    sql = statement.sql()
    assert lineage(sql) == lineage(sqlglot.transpile(sql, read="postgres", write="postgres", pretty=True)[0])
    assert lineage(sql) == lineage("-- a comment; with a semicolon\n" + sql.replace(" FROM ", "\n/* from */ from\n"))


@given(statements(), st.sampled_from(["snowflake", "bigquery", "spark", "duckdb", "tsql", "mysql", "trino"]))
@settings(max_examples=60, deadline=None)
def test_another_dialect_and_back(statement: Statement, dialect: str) -> None:
    """A statement in another dialect, and brought back from it, has the same lineage."""
    sql = statement.sql()
    there = sqlglot.transpile(sql, read="postgres", write=dialect)[0]
    back = sqlglot.transpile(there, read=dialect, write="postgres")[0]
    assert lineage(sql) == lineage(there, dialect) == lineage(back)
