"""The dossier as W3C PROV-JSON: versions are entities, runs activities, owners agents.

The one idea: run-true lineage is PROV already. A run used the versions that it read and generated those that it wrote;
how it is known which one was read stands beside it.
"""

from __future__ import annotations

from typing import Any

from lineage.dossier.record import Dossier
from lineage.evidence.prov import local_part
from lineage.query.run_lineage import DataVersion

Json = dict[str, Any]
PREFIXES = {
    "hw": "urn:headwater:version:",
    "headwater": "urn:headwater:term:",
    "run": "urn:headwater:run:",
    "agent": "urn:headwater:agent:",
}


def prov(told: Dossier) -> Json:
    """The document."""
    entities = {_entity(v.key): _version(v) for v in told.lineage.versions}
    agents: Json = {}
    attributed: Json = {}
    for version in told.lineage.versions:
        page = told.pages.get(version.dataset.id)
        for owner in page.owners if page is not None else ():
            name = f"agent:{local_part(owner.name)}"
            agents[name] = {"prov:label": owner.name}
            attributed[f"_:a{len(attributed)}"] = {"prov:entity": _entity(version.key), "prov:agent": name}
    activities = {
        f"run:{local_part(run.node.id)}": {
            "prov:label": f"{run.job.namespace} {run.job.name} {run.run_id}",
            **({"prov:startTime": run.started_at} if run.started_at else {}),
            **({"prov:endTime": run.ended_at} if run.ended_at else {}),
        }
        for run in told.lineage.runs
    }
    used = {
        f"_:u{n}": {
            "prov:activity": f"run:{local_part(read.run)}", "prov:entity": _entity(read.version),
            "headwater:knownBy": read.how.value,
        }
        for n, read in enumerate(told.lineage.reads)
    }  # fmt: skip
    generated = {
        f"_:g{n}": {"prov:entity": _entity(write.version), "prov:activity": f"run:{local_part(write.run)}"}
        for n, write in enumerate(told.lineage.writes)
    }
    parts = {
        "entity": entities, "activity": activities, "agent": agents, "used": used, "wasGeneratedBy": generated,
        "wasAttributedTo": attributed,
    }  # fmt: skip
    return {"prefix": PREFIXES, **{name: part for name, part in parts.items() if part}}


def _version(version: DataVersion) -> Json:
    told = f"{version.dataset.namespace} {version.dataset.name}"
    return {
        "prov:label": f"{told}, version {version.version}" if version.version else told,
        "prov:type": "headwater:DatasetVersion",
        **({"headwater:version": version.version} if version.version else {}),
    }


def _entity(key: str) -> str:
    return f"hw:{local_part(key.removeprefix('hw:'))}"
