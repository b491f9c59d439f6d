"""Marquez's node ids: `dataset:NAMESPACE:NAME`, `datasetField:NAMESPACE:NAME:FIELD`, `job:NAMESPACE:NAME`.

The one idea: namespaces and names hold colons of their own (`postgres://host:5432`), so a text can be read in several
ways. All of them are given, the likeliest first, and the graph decides: the first one that names something counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lineage.errors import InputError
from lineage.facts import Node, NodeKind
from lineage.query.resolve import DatasetRef, JobRef, NodeRef

DATASET, FIELD, JOB = "dataset", "datasetField", "job"
COLONS_MAX: Final = 32  # more ways of reading than any real name has
LENGTH_MAX: Final = 4_096  # two of Marquez's longest names
_INNER: Final = re.compile(r":(?://|\d)")  # Marquez's own rule: a scheme's or a port's colon does not separate


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read an id. `version` is what follows `#` in a dataset's id, or empty."""

    ref: NodeRef
    version: str = ""


def id_of(node: Node) -> str:
    """How Marquez calls a dataset, column or job."""
    match node.kind:
        case NodeKind.JOB:
            return f"{JOB}:{node.namespace}:{node.name}"
        case NodeKind.COLUMN:
            return f"{FIELD}:{node.namespace}:{node.name}:{node.column}"
        case _:
            return f"{DATASET}:{node.namespace}:{node.name}"


def readings(text: str) -> Iterator[Reading]:
    """Every way to read the id. Errors: InputError for what is none."""
    kind, colon, rest = text.partition(":")
    colons = [at for at, letter in enumerate(rest) if letter == ":"]
    if not colon or kind not in (DATASET, FIELD, JOB) or not colons or len(text) > LENGTH_MAX:
        raise InputError(
            f"{text[:80]!r} is no node id. Write dataset:NAMESPACE:NAME, datasetField:NAMESPACE:NAME:FIELD or "
            "job:NAMESPACE:NAME.",
            place="nodeId",
        )
    if len(colons) > COLONS_MAX:
        raise InputError(f"This node id has {len(colons)} colons. Ask by GraphQL, which has fields.", place="nodeId")
    likely_first = sorted(colons, key=lambda at: (_INNER.match(rest, at) is not None, at))
    for at in likely_first:
        yield from _read(kind, rest[:at], rest[at + 1 :])


def _read(kind: str, namespace: str, name: str) -> Iterator[Reading]:
    if kind == JOB:
        yield Reading(NodeRef(job=JobRef(namespace, name)))
        return
    if kind == FIELD:
        for at in range(len(name) - 1, 0, -1):  # a column's name has fewer colons than a dataset's
            if name[at] == ":":
                yield Reading(NodeRef(dataset=DatasetRef(namespace, name[:at], name[at + 1 :])))
        return
    yield Reading(NodeRef(dataset=DatasetRef(namespace, name)))
    unversioned, mark, version = name.rpartition("#")
    if mark:
        yield Reading(NodeRef(dataset=DatasetRef(namespace, unversioned)), version)
