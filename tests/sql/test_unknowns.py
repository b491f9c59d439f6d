"""What the engine does not know it says, with the reason, the candidates and the place; and it never guesses."""

import pytest

from collectors.sql import Reason, analyse
from lineage.errors import InputError


def test_an_ambiguous_column_names_its_candidates() -> None:
    """An unqualified column over a join without schema is an edge without a table."""
    answer = analyse("SELECT x FROM a JOIN b ON a.i = b.i", dialect="postgres")
    [problem] = answer.unresolved
    assert (problem.reason, problem.subject, problem.candidates) == (Reason.AMBIGUOUS, "x", ("a", "b"))
    assert problem.place is not None and (problem.place.line, problem.place.column) == (1, 8)
    assert [(e.source_table, e.source) for e in answer.columns if e.target == "x"] == [(None, "x")]


def test_a_schema_of_one_side_settles_it() -> None:
    """A column that one side is known to have is that side's; one that it is known not to have is the other's."""
    schema = {"a": ["i", "y"]}
    answer = analyse("SELECT y, x FROM a JOIN b ON a.i = b.i", dialect="postgres", schema=schema)
    assert {(e.target, e.source_table) for e in answer.columns if e.target} == {("y", "a"), ("x", "b")}
    assert not answer.unresolved


def test_a_star_without_schema_stays_and_says_so() -> None:
    """The table's star is the source, and the reason is told."""
    answer = analyse("INSERT INTO a SELECT * FROM b", dialect="")
    assert [(e.source_table, e.source, e.target) for e in answer.columns] == [("b", "*", "*")]
    assert [(u.reason, u.candidates) for u in answer.unresolved] == [(Reason.STAR, ("b",))]


def test_a_column_behind_a_star_is_known_all_the_same() -> None:
    """`SELECT x FROM (SELECT * FROM t)` can only be t's x."""
    answer = analyse("WITH q AS (SELECT * FROM t), r AS (SELECT * FROM q) SELECT x FROM r", dialect="")
    assert [(e.source_table, e.source) for e in answer.columns] == [("t", "x")]
    assert not answer.unresolved


def test_a_column_that_the_schema_does_not_have() -> None:
    """A qualified name is believed, and the contradiction is told."""
    answer = analyse("SELECT t.nope FROM t", dialect="", schema={"t": ["a"]})
    assert [(e.source_table, e.source) for e in answer.columns] == [("t", "nope")]
    assert [u.reason for u in answer.unresolved] == [Reason.UNKNOWN_COLUMN]


def test_an_alias_that_nothing_has_gives_no_edge() -> None:
    """A wrong alias is no reason to guess a table."""
    answer = analyse("UPDATE a SET x = zzz.y FROM b WHERE a.i = b.i", dialect="postgres")
    assert not [e for e in answer.columns if e.target]
    assert Reason.UNKNOWN_COLUMN in {u.reason for u in answer.unresolved}


@pytest.mark.parametrize(
    ("dialect", "sql", "reason"),
    [
        ("postgres", "SELECT * FROM my_function(1) AS f", Reason.OPAQUE),
        ("postgres", "CALL refresh_all()", Reason.OPAQUE),
        ("postgres", "SELECT a FROM t WHERE (", Reason.PARSE_ERROR),
        ("postgres", "SELECT 'unfinished", Reason.PARSE_ERROR),
        ("postgres", "SELECT a FROM {{ ref('m') }}", Reason.TEMPLATE),
        ("postgres", "SELECT a FROM t WHERE d > {{ start }}", Reason.TEMPLATE),
        ("spark", "SELECT a FROM ${env}.t", Reason.TEMPLATE),
    ],
)
def test_reasons(dialect: str, sql: str, reason: Reason) -> None:
    """Each kind of not knowing has its reason."""
    assert reason in {problem.reason for problem in analyse(sql, dialect=dialect).unresolved}


def test_a_template_leaves_the_rest_known() -> None:
    """What stands beside a template is answered; the template's own name never comes out."""
    answer = analyse("INSERT INTO u SELECT a, {{ macro() }} AS m FROM t WHERE d > '{{ ds }}'", dialect="postgres")
    assert (answer.reads, answer.writes) == (("t",), ("u",))
    assert {(e.target, e.source) for e in answer.columns if e.target} == {("a", "a")}
    assert "template" not in repr(answer.columns)


def test_a_parse_error_has_line_and_column() -> None:
    """The place is that of the word that cannot stand there."""
    [problem] = analyse("SELECT a\nFROM t\nWHERE AND b", dialect="postgres").unresolved
    assert problem.place is not None and problem.place.line == 3


def test_a_dialect_that_does_not_exist_is_the_callers_mistake() -> None:
    """The one error that an analysis raises."""
    with pytest.raises(InputError):
        analyse("SELECT 1", dialect="klingon")


@pytest.mark.parametrize("name", ["PostgreSQL", "mssql", "SparkSQL", "mariadb", "generic"])
def test_usual_names_of_dialects_are_understood(name: str) -> None:
    """Producers call dialects by many names."""
    assert analyse("SELECT a FROM t", dialect=name).reads == ("t",)
