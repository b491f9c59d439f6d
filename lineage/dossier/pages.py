"""The dossier for people: one HTML page that needs nothing else and prints on A4, or Markdown."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from lineage.dossier.record import Dossier
from lineage.evidence.answer import UNKNOWN, Head
from lineage.moment import iso

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#])")


def html(told: Dossier, head: Head) -> str:
    """The page."""
    return _rendered("dossier.html.jinja", told, head)


def markdown(told: Dossier, head: Head) -> str:
    """The same as Markdown."""
    return _rendered("dossier.md.jinja", told, head)


def _rendered(template: str, told: Dossier, head: Head) -> str:
    titles = {section.key: section.title for section in told.sections}
    return (
        _environment()
        .get_template(template)
        .render(
            told=told,
            head=head,
            root=head.root.hex(),
            as_of=iso(told.completeness.valid_at_us),
            unknown=UNKNOWN,
            titles=titles,
        )
    )


@cache
def _environment() -> Environment:
    """What is put in is escaped, and what is missing is an error."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("lineage.dossier"), PackageLoader("lineage.evidence")]),
        autoescape=lambda name: bool(name and name.endswith(".html.jinja")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cell"] = _cell
    return made


def _cell(text: str | None) -> str:
    """A Markdown table's cell: one line, nothing in it is markup."""
    return "–" if text is None else _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
