"""A dossier in the making: sections, the gaps that they leave, and how values out of facets are read.

The one idea: whoever fills a cell says what is missing where nobody told it, so that no section can forget to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lineage.evidence.answer import UNKNOWN
from lineage.ids import NodeId

SQL_SHOWN_MAX = 400  # characters of a statement in a cell; the whole stands in its entry


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `law`: what asks for it. A cell None: it does not apply; UNKNOWN: nobody told."""

    key: str
    title: str
    law: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the record does not hold, and how it would come to hold it. `nodes`: what it is about."""

    section: str
    message: str
    nodes: tuple[NodeId, ...]


@dataclass(slots=True)
class Draft:
    """Sections and gaps in the making."""

    sections: list[Section] = field(default_factory=list)
    gaps: dict[tuple[str, str], dict[NodeId, None]] = field(default_factory=dict)

    def add(self, key: str, title: str, law: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        self.sections.append(Section(key, title, law, tuple(columns), tuple(tuple(row) for row in rows)))

    def unknown(self, section: str, message: str, *nodes: NodeId) -> str:
        """The word for a cell that nobody told; the gap is kept once, with the nodes that it is about."""
        self.gaps.setdefault((section, message), {}).update(dict.fromkeys(nodes))
        return UNKNOWN

    def told(self, value: str | None, section: str, message: str, *nodes: NodeId) -> str:
        """The value, or the word for what nobody told."""
        return value if value else self.unknown(section, message, *nodes)


def logged_inputs(facets: Mapping[str, object]) -> dict[tuple[str, str], Mapping[str, object]]:
    """The training's inputs as the trainer logged them, by name."""
    training = facets.get("training")
    inputs = training.get("inputs") if isinstance(training, dict) else None
    return {(str(each.get("namespace")), str(each.get("name"))): each for each in objects(inputs)}


def parsed(told: str | None) -> object:
    """JSON, or None."""
    return json.loads(told) if told else None


def objects(held: object) -> list[dict[str, object]]:
    """The objects of a list; anything else is none."""
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def statement(sql: str | None) -> str | None:
    """The beginning of a job's SQL."""
    told = parsed(sql)
    query = told.get("query") if isinstance(told, dict) else told
    return query[:SQL_SHOWN_MAX] if isinstance(query, str) else None


def text(held: object, key: str) -> str | None:
    """A text out of an object; None where there is none."""
    value = held.get(key) if isinstance(held, dict) else None
    return value if isinstance(value, str) and value else None


def joined(value: object) -> str | None:
    """A list as one text."""
    return ", ".join(map(str, value)) if isinstance(value, list) and value else None
