"""Which checks ran on the data of a version, wherever they ran.

The one idea: a check is a run of its own that reads the data beside those who use it. So the readers of each version
that was read on the way are asked, as long as that version was the one that stood there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lineage.dossier.draft import objects, parsed, text
from lineage.evidence.answer import UNKNOWN
from lineage.moment import iso
from lineage.query.run_lineage import RunLineage
from lineage.query.run_record import RunRecord, ToldRun
from lineage.query.sources import Sources


@dataclass(frozen=True, slots=True, order=True)
class Check:
    """One result. `about`: a dataset, or the job that checks."""

    at: str
    about: str
    name: str
    column: str | None
    result: str


def checks_on(sources: Sources, lineage: RunLineage, known: int) -> list[Check]:
    """Every check that is on record of the data that was read, by time."""
    record = RunRecord(sources, known)
    runs: dict[str, ToldRun] = {str(k): v for k, v in record.runs([run.node.id for run in lineage.runs]).items()}
    ended_us = max((run.wrote_at_us for run in runs.values()), default=0)
    read = {each.version for each in lineage.reads}
    for version in (each for each in lineage.versions if each.key in read):
        from_us = 0 if version.at_us is None else version.at_us
        until_us = record.next_write(version.dataset.id, version.run, ended_us if version.at_us is None else from_us)
        for run in record.readers(version.dataset.id, from_us)[0]:
            if run.started_us < until_us:
                runs[run.id] = run
    return sorted(
        {check for run in runs.values() for check in _of(run)}, key=lambda c: (c.at, c.about, c.name, c.column or "")
    )


def _of(run: ToldRun) -> Iterator[Check]:
    at = iso(run.started_us)
    for told in objects(_facet(run, "dataQualityAssertions")):
        about = f"{told.get('namespace', '')} {told.get('name', '')}".strip()
        for each in objects(told.get("assertions")):
            name = text(each, "assertion") or text(each, "name") or ""
            passed = each.get("success")
            result = UNKNOWN if passed is None else "passed" if passed else "failed"
            yield Check(at, about, name, text(each, "column"), result)
    for each in objects(_facet(run, "tests")):
        name = text(each, "name") or text(each, "type") or ""
        yield Check(at, "", name, None, text(each, "status") or UNKNOWN)


def _facet(run: ToldRun, label: str) -> object:
    held = run.facets.get(label)
    return parsed(held) if isinstance(held, str) else held
