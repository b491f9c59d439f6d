"""A company of three namespaces and the events that its producers would send: one is a principal's own, two are not.

The one idea: everything that the principal may not see, and nothing else, has MARKER in its name or text, in every
place where a producer or a person can put one. So a leak anywhere is found by looking for a word, which is long enough
that no base64 has it by chance, and for the ids of the names that have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lineage import ids

MARKER = "qzxvyqwj"
GHOST = "qzwvyqkj"
"""In the names of what never was, so that they are as long, and as unlike all others."""
OWN, OTHER, THIRD = "orchard", f"{MARKER}vault", f"{MARKER}third"
TAG = "confidential"

Json = dict[str, Any]
_TIME = iter(range(10_000))


def data(namespace: str, name: str, columns: str = "", **facets: Any) -> Json:
    if columns:
        told = [each.partition(":") for each in columns.split()]
        fields = [{"name": each, "type": type_ or "text"} for each, _, type_ in told]
        facets["schema"] = {"fields": fields}
    return {"namespace": namespace, "name": name, "facets": {key: _facet(value) for key, value in facets.items()}}


def run(
    job: tuple[str, str],
    inputs: list[Json],
    outputs: list[Json],
    *,
    run_id: str,
    state: str = "COMPLETE",
    job_facets: Json | None = None,
    **facets: Any,
) -> Json:
    number = next(_TIME)
    return {
        "eventType": state,
        "eventTime": f"2026-05-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z",
        "producer": f"https://example.org/{job[0]}",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id, "facets": {key: _facet(value) for key, value in facets.items()}},
        "job": {
            "namespace": job[0],
            "name": job[1],
            "facets": {key: _facet(value) for key, value in (job_facets or {}).items()},
        },
        "inputs": inputs,
        "outputs": outputs,
    }


def _facet(told: Json) -> Json:
    return {"_producer": "https://example.org", "_schemaURL": "https://example.org/facet.json", **told}


def flow(**fields: tuple[tuple[str, str, str], ...]) -> Json:
    """target=((namespace, name, column), …)."""
    return {
        "fields": {
            target: {
                "inputFields": [
                    {"namespace": a, "name": b, "field": c, "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}
                    for a, b, c in sources
                ]
            }
            for target, sources in fields.items()
        }
    }  # fmt: skip


def owners(*names: str) -> Json:
    return {"ownership": {"owners": [{"name": each, "type": "MAINTAINER"} for each in names]}}


def events() -> Iterator[Json]:
    """In order of time."""
    trees = data(OWN, "trees", "kind age", **owners("grower"), tags={"tags": [{"key": "public"}]})
    apples = data(
        OWN, "apples", f"kind weight {MARKER}col",
        columnLineage=flow(
            kind=((OWN, "trees", "kind"), (OTHER, f"{MARKER}in", f"{MARKER}kind")),
            weight=((OTHER, f"{MARKER}in", f"{MARKER}weight"),),
            **{f"{MARKER}col": ((OWN, "trees", "age"),)},
        ),
        symlinks={"identifiers": [{"namespace": OTHER, "name": f"{MARKER}apples", "type": "TABLE"}]},
        tags={"tags": [{"key": TAG, "field": f"{MARKER}col"}, {"key": "ripe", "field": "kind"}]},
        version={"datasetVersion": "v7"},
    )  # fmt: skip
    hidden_in = data(OTHER, f"{MARKER}in", f"{MARKER}kind {MARKER}weight", **owners(f"{MARKER}owner"))
    parent = {"run": {"runId": f"{MARKER}parentrun"}, "job": {"namespace": OTHER, "name": f"{MARKER}dag"}}
    texts = {
        "sql": {"query": f"INSERT INTO apples SELECT kind, weight FROM {MARKER}in JOIN trees", "dialect": "postgres"},
        **owners("grower"),
    }
    # A visible job that touches what is hidden: its texts name it.
    yield run(
        (OWN, "pick"), [trees, hidden_in], [apples], run_id="pick1", job_facets=texts, parent=parent,
        errorMessage={"message": f"{MARKER}in was slow", "programmingLanguage": "SQL", "stackTrace": f"{MARKER}trace"},
        jobDependencies={"upstream": [{"job": {"namespace": OTHER, "name": f"{MARKER}dag"}}]},
    )  # fmt: skip
    # One that touches a dataset with a hidden column, by an older name.
    cider = data(OWN, "cider", "kind litres", columnLineage=flow(kind=((OWN, "apples2", "kind"),)))
    clean = {"sql": {"query": "INSERT INTO cider SELECT kind FROM apples2", "dialect": "postgres"}}
    yield run((OWN, "press"), [data(OWN, "apples2", "kind")], [cider], run_id="press1", job_facets=clean)
    # A visible job that touches nothing hidden: its texts are its own.
    juice = data(OWN, "juice", "kind", columnLineage=flow(kind=((OWN, "pears", "kind"),)))
    squeezed = {"sql": {"query": "INSERT INTO juice SELECT kind FROM pears", "dialect": "postgres"}}
    yield run((OWN, "squeeze"), [data(OWN, "pears", "kind")], [juice], run_id="squeeze1", job_facets=squeezed)
    # Datasets of one's own, joined by a job of another's, which reports their schema, too.
    shop = data(OWN, "shop", "kind price", columnLineage=flow(kind=((OWN, "cider", "kind"),)),
                version={"datasetVersion": "s1"})  # fmt: skip
    yield run((OTHER, f"{MARKER}job"), [data(OWN, "cider")], [shop], run_id=f"{MARKER}run1")
    narrower = data(OWN, "shop", "kind", columnLineage=flow(kind=((OWN, "cider", "kind"),)))
    yield run((OTHER, f"{MARKER}job"), [data(OWN, "cider")], [narrower], run_id=f"{MARKER}run2")
    # On through what is hidden, and back.
    ledger = data(OTHER, f"{MARKER}ledger", "sums", columnLineage=flow(sums=((OWN, "shop", "kind"),)))
    yield run((OTHER, f"{MARKER}book"), [data(OWN, "shop")], [ledger], run_id=f"{MARKER}run3")
    report = data(OWN, "report", "sums", columnLineage=flow(sums=((OTHER, f"{MARKER}ledger", "sums"),)))
    yield run((OWN, "tell"), [data(OTHER, f"{MARKER}ledger")], [report], run_id="tell1")
    # One's own namespace, hidden by a tag: a dataset, and a job.
    tagged = data(OWN, f"{MARKER}tagged", "kind", tags={"tags": [{"key": TAG}]}, **owners(f"{MARKER}owner2"))
    yield run((OWN, "press"), [data(OWN, "cider")], [tagged], run_id="press2")
    secret = {"tags": {"tags": [{"key": TAG, "value": "yes"}]}}
    yield run((OWN, f"{MARKER}audit"), [data(OWN, "shop")], [], run_id=f"{MARKER}run4", job_facets=secret)
    # A third namespace that nothing joins, by its catalogue.
    yield {
        "eventTime": "2026-05-03T00:00:00Z", "producer": f"https://example.org/{MARKER}",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
        "dataset": data(THIRD, f"{MARKER}people", f"{MARKER}name", **owners(f"{MARKER}owner3")),
    }  # fmt: skip
    yield run((OWN, "pick"), [trees, hidden_in], [apples], run_id="pick2", state="FAIL",
              errorMessage={"message": f"{MARKER}in is gone", "programmingLanguage": "SQL"})  # fmt: skip
    changed = data(OWN, "apples", f"kind:code weight:float {MARKER}col:{MARKER}type")
    yield run((OWN, "pick"), [trees], [changed], run_id="pick3")


STATEMENTS = [
    ("addAlias", {"kind": "DATASET", "from": f"{OTHER} {MARKER}apples_old", "to": f"{OWN} apples", "reason": MARKER}),
    ("addAlias", {"kind": "NAMESPACE", "from": f"{MARKER}spelling", "to": OTHER, "reason": MARKER}),
    ("addAlias", {"kind": "NAMESPACE", "from": f"regex:{MARKER}never(.*)", "to": OWN + "\\1", "reason": MARKER}),
    ("addAlias", {"kind": "DATASET", "from": f"{OWN} apples2", "to": f"{OWN} apples", "reason": "the same"}),
    ("stateFact", {"kind": "OWNER", "about": {"namespace": OTHER, "name": f"{MARKER}in"}, "value": MARKER, "reason": MARKER}),
    ("stateFact", {"kind": "EDGE", "about": {"namespace": OWN, "name": "trees"},
                   "source": {"namespace": THIRD, "name": f"{MARKER}people"}, "reason": MARKER}),
    ("stateFact", {"kind": "DESCRIPTION", "about": {"namespace": OWN, "name": "trees"}, "value": "Old trees.",
                   "reason": "seen"}),
    ("stateFact", {"kind": "TAG", "key": "x", "about": {"namespace": OWN, "name": f"{MARKER}tagged"}, "value": MARKER, "reason": MARKER}),
    ("distrustRuns", {"job": f"{OTHER} {MARKER}test*", "reason": MARKER}),
    ("distrustRuns", {"job": f"{OWN} {MARKER}audit", "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z", "reason": MARKER}),
    ("distrustRuns", {"job": f"{OWN} press", "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z",
                      "reason": "a drill"}),
]  # fmt: skip
"""(mutation, input) of people who see everything."""

DATASETS = [
    (OTHER, f"{MARKER}in"), (OTHER, f"{MARKER}ledger"), (OTHER, f"{MARKER}apples"), (THIRD, f"{MARKER}people"),
    (OWN, f"{MARKER}tagged"), (OTHER, f"{MARKER}apples_old"),
]  # fmt: skip
JOBS = [(OTHER, f"{MARKER}job"), (OTHER, f"{MARKER}book"), (OTHER, f"{MARKER}dag"), (OWN, f"{MARKER}audit")]


def hidden_ids() -> set[str]:
    """The ids of all that is hidden, as far as they are told by names."""
    found = {ids.namespace_id(each) for each in (OTHER, THIRD)}
    found |= {ids.dataset_id(*each) for each in DATASETS} | {ids.job_id(*each) for each in JOBS}
    return {*found, ids.column_id(ids.dataset_id(OWN, "apples"), f"{MARKER}col")}


def body() -> bytes:
    return json.dumps(list(events())).encode()
