"""The dossier as a CycloneDX 1.6 ML-BOM: the model version as a component with its model card, its data as components.

The one idea: the document is made directly from the record, because the library that validates it loses model cards
when it reads and writes them. What nobody told is left out here and listed as a property `headwater:gap`.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from lineage.dossier.record import Dossier
from lineage.ids import NodeId
from lineage.moment import iso
from lineage.query.answers import DatasetPage
from lineage.query.comparison import metrics_of
from lineage.query.run_lineage import DataVersion

Json = dict[str, Any]
FORMAT, SPEC_VERSION = "CycloneDX", "1.6"
VERSION_LENGTH_MAX = 1024
"""Of the schema: a longer version is told as a property, whole."""
_SERIALS: Final = uuid.UUID("7a1f6a3e-9f0c-5b6b-8f59-0d4c4d3a6f11")
"""The name space of serial numbers, made once by chance."""


def bom(told: Dossier, facets: dict[str, object]) -> Json:
    """The document: the same record gives the same bytes, its serial number included."""
    at_us = told.completeness.valid_at_us
    data = [version for version in told.lineage.versions if version.key != told.lineage.root]
    model = _model(told, facets)
    components = [_data(version, told.pages.get(version.dataset.id)) for version in data]
    return {
        "bomFormat": FORMAT,
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SERIALS, f'{told.version.id} {told.completeness.known_index}')}",
        "version": 1,
        "metadata": {
            "timestamp": iso(at_us),
            "component": model,
            "tools": {"components": [{"type": "application", "name": "headwater"}]},
        },
        "components": components,
        "dependencies": _dependencies(told, model["bom-ref"]),
    }


def _model(told: Dossier, facets: dict[str, object]) -> Json:
    metrics = [{"type": name, "value": value} for name, value in metrics_of(facets)]
    inputs = [{"format": f"{c.node.column}: {c.type}" if c.type else str(c.node.column)} for c in told.page.columns]
    run = told.run
    read = {each.version for each in told.lineage.reads if run is not None and each.run == run.node.id}
    parameters: Json = {
        "datasets": [{"ref": _ref(v)} for v in told.lineage.versions if v.key in read],
        "inputs": inputs,
    }
    card: Json = {"modelParameters": {key: value for key, value in parameters.items() if value}}
    if metrics:
        card["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    owners = [{"name": owner.name} for owner in told.page.owners]
    found: Json = {
        "type": "machine-learning-model",
        "bom-ref": told.version.id,
        "group": told.version.namespace,
        "name": told.model,
        **_versioned(told.label),
        "modelCard": card,
        "properties": [
            *_overlong(told.label),
            *({"name": f"headwater:tag:{tag.key}", "value": tag.value or "yes"} for tag in told.page.tags),
            *({"name": f"headwater:gap:{gap.section}", "value": gap.message} for gap in told.gaps),
        ],
    }
    if told.page.description:
        found["description"] = told.page.description
    if owners:
        found["manufacturer"] = {"name": owners[0]["name"]}
        found["authors"] = owners
    return found


def _data(version: DataVersion, page: DatasetPage | None) -> Json:
    node = version.dataset
    contents: Json = {"type": "dataset", "name": node.name}
    if page is not None and page.description:
        contents["description"] = page.description
    if page is not None and page.owners:
        contents["governance"] = {"owners": [{"contact": {"name": owner.name}} for owner in page.owners]}
    classified = [
        tag for tag in (page.tags if page is not None else ()) if tag.key.casefold() in ("classification", "pii")
    ]
    if classified:
        contents["classification"] = ", ".join(f"{tag.key}={tag.value}" if tag.value else tag.key for tag in classified)
    properties = [
        {"name": "headwater:column", "value": str(c.node.column)} for c in (page.columns if page is not None else ())
    ]
    if version.at_us is not None:
        properties.append({"name": "headwater:writtenAt", "value": iso(version.at_us)})
    properties += _overlong(version.version)
    return {
        "type": "data", "bom-ref": _ref(version), "group": node.namespace, "name": node.name,
        **_versioned(version.version), "data": [contents], "properties": properties,
    }  # fmt: skip


def _versioned(version: str | None) -> Json:
    return {"version": version} if version and len(version) <= VERSION_LENGTH_MAX else {}


def _overlong(version: str | None) -> list[Json]:
    long = version if version and len(version) > VERSION_LENGTH_MAX else None
    return [] if long is None else [{"name": "headwater:version", "value": long}]


def _dependencies(told: Dossier, root: str) -> list[Json]:
    refs = {
        version.key: (root if version.key == told.lineage.root else _ref(version)) for version in told.lineage.versions
    }
    made: dict[NodeId, set[str]] = {}
    for write in told.lineage.writes:
        made.setdefault(write.run, set()).add(refs[write.version])
    needs: dict[str, set[str]] = {ref: set() for ref in refs.values()}
    for read in told.lineage.reads:
        for output in made.get(read.run, ()):
            if output != refs[read.version]:
                needs[output].add(refs[read.version])
    return [{"ref": ref, **({"dependsOn": sorted(on)} if on else {})} for ref, on in sorted(needs.items())]


def _ref(version: DataVersion) -> str:
    return version.key
