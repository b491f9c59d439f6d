"""Events for benchmarks: a small company's jobs, each with one START and one COMPLETE a day, always the same.

The one idea: the sizes are those of real days (median 7.6 kB, some far larger), and every job says on the second day what
it said on the first: that is what a service sees most of the time.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

PRODUCER: Final = "https://example.org/headwater/benchmarks"
FACET: Final = "https://openlineage.io/spec/facets/"
JOBS: Final = 150
EVENTS_A_DAY: Final = 2 * JOBS
COLUMNS_MEDIAN: Final = 25
TYPES: Final = ("BIGINT", "VARCHAR(255)", "NUMERIC(18,2)", "TIMESTAMP", "BOOLEAN", "DATE")
FIRST_DAY: Final = datetime(2026, 10, 1, tzinfo=UTC)
NAMESPACE: Final = "postgres://warehouse.example.org:5432"


def read_events(path: Path) -> list[bytes]:
    """One JSON event a line, plain or gzip."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as lines:
        return [line.strip() for line in lines if line.strip()]


def make_events(count: int, *, seed: int = 7) -> list[bytes]:
    """`count` events in the order of their time; the same for the same arguments."""
    return [orjson.dumps(each) for each, _ in zip(_days(seed), range(count), strict=False)]


def endless_events(first_day: datetime, *, seed: int = 7) -> Iterator[bytes]:
    """The same company from `first_day` on, without end: a day has `EVENTS_A_DAY`."""
    return (orjson.dumps(each) for each in _days(seed, first_day))


def _days(seed: int, day: datetime = FIRST_DAY) -> Iterator[dict[str, Any]]:
    chance = random.Random(seed)
    tables = [_columns(chance) for _ in range(JOBS)]
    inputs = [sorted(chance.sample(range(number), min(number, chance.randint(1, 4)))) for number in range(JOBS)]
    while True:
        for number in range(JOBS):
            run_id = str(UUID(int=chance.getrandbits(128), version=4))
            start = day + timedelta(minutes=number * 9)
            for state, time in (("START", start), ("COMPLETE", start + timedelta(minutes=5))):
                yield _event(number, tables, inputs[number], run_id, state, time)
        day += timedelta(days=1)


def _event(
    number: int, tables: list[list[dict[str, str]]], inputs: list[int], run_id: str, state: str, time: datetime
) -> dict[str, Any]:
    output = {"namespace": NAMESPACE, "name": f"dwh.core.table_{number:04d}", "facets": {}}
    if state == "COMPLETE":
        output["facets"] = {"schema": _schema(tables[number])}
        if number % 5 and inputs:
            output["facets"]["columnLineage"] = _facet("1-2-0/ColumnLineageDatasetFacet", fields={
                column["name"]: {"inputFields": [_source(tables, inputs, position)]}
                for position, column in enumerate(tables[number])
            })  # fmt: skip
    return {
        "eventType": state,
        "eventTime": time.isoformat(),
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {
            "runId": run_id,
            "facets": {"nominalTime": _facet("1-0-1/NominalTimeRunFacet", nominalStartTime=time.isoformat())},
        },
        "job": {"namespace": "airflow-prod", "name": f"load.table_{number:04d}"},
        "inputs": [
            {"namespace": NAMESPACE, "name": f"dwh.core.table_{each:04d}", "facets": {"schema": _schema(tables[each])}}
            for each in inputs
        ],
        "outputs": [output],
    }


def _source(tables: list[list[dict[str, str]]], inputs: list[int], position: int) -> dict[str, Any]:
    each = inputs[position % len(inputs)]
    field = tables[each][position % len(tables[each])]["name"]
    transformation = {"type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": False}
    return {
        "namespace": NAMESPACE,
        "name": f"dwh.core.table_{each:04d}",
        "field": field,
        "transformations": [transformation],
    }


def _columns(chance: random.Random) -> list[dict[str, str]]:
    count = max(4, min(300, int(chance.lognormvariate(0, 0.55) * COLUMNS_MEDIAN)))
    return [{"name": f"column_{position:03d}", "type": chance.choice(TYPES)} for position in range(count)]


def _schema(columns: list[dict[str, str]]) -> dict[str, Any]:
    return _facet("1-1-1/SchemaDatasetFacet", fields=columns)


def _facet(kind: str, **fields: Any) -> dict[str, Any]:
    name = kind.split("/")[1]
    return {"_producer": PRODUCER, "_schemaURL": f"{FACET}{kind}.json#/$defs/{name}", **fields}
