"""The answer for people: one HTML page that needs nothing else and prints on A4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from lineage.evidence.answer import UNKNOWN, AuditAnswer, Head, Value
from lineage.evidence.questions import NamedQuestion
from lineage.evidence.variables import described
from lineage.ledger.leaf import Leaf
from lineage.moment import iso
from lineage.query.answers import CompletenessStatus

ROWS_SHOWN = 1_000  # some fifty pages; answer.csv has the rest
ENTRIES_SHOWN = 500
WORD_MAX = 24  # a longer word may be broken anywhere: a table of A4 has no room for it

_MEANINGS = {
    CompletenessStatus.COMPLETE: "all that was asked is on record",
    CompletenessStatus.UNKNOWN: "part of what was asked nobody told the record",
    CompletenessStatus.TRUNCATED: "a limit cut the answer",
}


@cache
def environment() -> Environment:
    """Templates of this package; whatever is put in is escaped, and what is missing is an error."""
    made = Environment(
        loader=PackageLoader("lineage.evidence"), autoescape=lambda name: bool(name and name.endswith(".html.jinja")),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.tests["long"] = lambda text: any(len(word) > WORD_MAX for word in str(text).split())
    return made


def _template() -> Template:
    return environment().get_template("report.html.jinja")


def report(
    question: NamedQuestion,
    variables: Mapping[str, object],
    answer: AuditAnswer,
    leaves: Sequence[Leaf],
    head: Head,
    moment: Mapping[str, object],
) -> str:
    """The page."""
    asked = [(each.name, _plain(variables.get(each.name)), each.description) for each in described(question.variables)]
    return _template().render(
        question=question,
        asked=asked,
        answer=answer,
        meaning=_MEANINGS[answer.status],
        rows=[[_cell(value) for value in row.values] for row in answer.rows[:ROWS_SHOWN]],
        cited=[", ".join(map(str, row.entries)) for row in answer.rows[:ROWS_SHOWN]],
        rows_left_out=max(0, len(answer.rows) - ROWS_SHOWN),
        entries=[(leaf.index, iso(leaf.time_us), leaf.kind, leaf.actor) for leaf in leaves[:ENTRIES_SHOWN]],
        entries_left_out=max(0, len(leaves) - ENTRIES_SHOWN),
        head=head,
        moment=moment,
        unknown=UNKNOWN,
    )


def _cell(value: Value) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _plain(value: object) -> str:
    match value:
        case None:
            return "not given"
        case dict():
            place = f"{value.get('namespace')} {value.get('name')}"
            return place + (f"#{value['column']}" if "column" in value else "")
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
