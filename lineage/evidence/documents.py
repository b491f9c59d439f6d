"""An answer as files: JSON for programs, CSV for spreadsheets, OpenLineage as it was received in normal form.

The one idea: every file is a pure function of the answer and the log, so the same question about the same state of the
record gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from lineage.evidence.answer import AuditAnswer, Value
from lineage.evidence.questions import QUESTIONS, NamedAuditQuery
from lineage.moment import iso
from lineage.query.answers import Completeness, LineageEdge, LineageNode

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula: names of tables are not ours to trust."""


def as_json(document: object) -> bytes:
    """JSON that people can read and `sed` can take apart: one value a line, keys in the order given."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def answer_json(query: NamedAuditQuery, variables: Mapping[str, object], answer: AuditAnswer) -> dict[str, Any]:
    """The whole answer."""
    question = QUESTIONS[query]
    names = [column.name for column in answer.columns]
    return {
        "query": str(query),
        "asks": question.asks,
        "law": question.law,
        "variables": dict(variables),
        "status": str(answer.status),
        "completeness": completeness_json(answer.completeness),
        "unknowns": [
            {"what": each.what, "reason": each.reason, "count": each.count, "nodes": list(each.nodes)}
            for each in answer.unknowns
        ],
        "scanned": None
        if answer.scanned is None
        else {"start": answer.scanned.start, "stop": answer.scanned.stop, "filter": answer.scanned.filter},
        "columns": [{"name": column.name, "description": column.description} for column in answer.columns],
        "rowCount": len(answer.rows),
        "rows": [
            {"values": dict(zip(names, row.values, strict=True)), "entries": list(row.entries)} for row in answer.rows
        ],
        "nodes": [_node(node) for node in answer.nodes],
        "edges": [_edge(edge) for edge in answer.edges],
    }


def completeness_json(told: Completeness) -> dict[str, object]:
    """How much of the truth it is; without how far graph and ledger were, which is another matter each second."""
    return {
        "status": str(told.status),
        "validAt": iso(told.valid_at_us),
        "knownIndex": told.known_index,
        "hops": told.hops,
        "nodesExplored": told.nodes_explored,
        "reasons": [
            {"code": str(each.code), "message": each.message, "count": each.count, "nodes": list(each.nodes)}
            for each in told.reasons
        ],
    }


def _node(node: LineageNode) -> dict[str, object]:
    told = {
        "id": node.id, "kind": str(node.kind), "namespace": node.namespace, "name": node.name, "column": node.column,
        "version": node.version, "datasetType": node.dataset_type,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _edge(edge: LineageEdge) -> dict[str, object]:
    return {
        "source": edge.source, "target": edge.target, "flow": str(edge.flow), "transformation": edge.transformation,
        "masking": edge.masking, "certainty": str(edge.certainty), "verdict": str(edge.verdict),
        "evidence": [str(each) for each in edge.evidence], "jobs": list(edge.jobs), "entries": list(edge.entries),
    }  # fmt: skip


def answer_csv(answer: AuditAnswer) -> bytes:
    """One line for each row, the entries in the last column. A text that a spreadsheet would run as a formula gets an
    apostrophe before it; answer.json has it as it is."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow([*(column.name for column in answer.columns), "entries"])
    for row in answer.rows:
        table.writerow([*map(cell, row.values), " ".join(map(str, row.entries))])
    return out.getvalue().encode()


def cell(value: Value) -> str:
    """A value as a spreadsheet shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case _:
            return str(value)


def ndjson(events: Iterable[bytes]) -> bytes:
    """One event a line."""
    return b"".join(event + b"\n" for event in events)
