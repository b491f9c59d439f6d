"""Which version of a model served when: by an alias, a stage or a deployment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lineage.facts import Fact, Node, Relation
from lineage.ids import NodeId, job_id
from lineage.moment import FOREVER, Moment
from lineage.query.sources import Sources


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """One slot and the version in it. `namespace`: of a deployment's job; `to_us` None: still; `about`: the model, and
    the job by its own name."""

    kind: str
    name: str
    namespace: str | None
    version: str
    from_us: int
    to_us: int | None
    about: tuple[NodeId, ...]


def slot_of(fact: Fact) -> Mapping[str, Any] | None:
    """What a property of a model says of serving: `kind`, `name`, `version`, and the `namespace` of a deployment's job.
    None: the property is about something else."""
    return json.loads(fact.value) if fact.label == "serving" and fact.value else None


def served_versions(sources: Sources, model: Node, at: Moment) -> list[ServedVersion]:
    """By their beginning; at a valid moment only what served then, else the whole story."""
    told = (
        sources.graph.history([model.id], (Relation.PROPERTY,), known=at.known)
        if at.valid_us is None
        else sources.graph.facts([model.id], (Relation.PROPERTY,), at)
    )
    found = []
    for version in told:
        slot = slot_of(version.fact)
        if slot is not None:
            until = None if version.valid.to_us >= FOREVER else version.valid.to_us
            namespace = slot.get("namespace")
            about = (model.id,) if namespace is None else (model.id, job_id(namespace, slot["name"]))
            found.append(
                ServedVersion(
                    slot["kind"], slot["name"], namespace, slot["version"], version.valid.from_us, until, about
                )
            )
    return sorted(found, key=lambda s: (s.from_us, s.kind, s.namespace or "", s.name, s.version))
