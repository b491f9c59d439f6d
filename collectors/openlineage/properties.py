"""What facets tell beside lineage, as (label, canonical JSON).

The one idea: a table of labels, each with the facet it comes from and what of it is kept. The newest facet replaces
the one before, and `_deleted` ends it (None): that is the fold's work; here is only what one event says.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from collectors.openlineage.shapes import as_object, as_objects, as_text, canonical, without_keys

Property = tuple[str, str | None]
Take = Callable[[dict[str, Any]], Any]
"""What is kept of a facet; None or empty: it says nothing."""

ERROR_CHARACTERS_MAX: Final = 2_000  # the sentence that says what went wrong stands first; stack traces are 8 to 25 KB
_CATALOG_KEYS: Final = ("framework", "type", "name", "metadataUri", "warehouseUri", "source")
_CLIENT_TAG: Final = "openlineage_client_version"
"""The Python client puts it on every run: it says nothing of the data."""
_LISTS_OF_MARKS: Final = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)")


def _whole(facet: dict[str, Any]) -> Any:
    return without_keys(facet)


def _only(*keys: str) -> Take:
    """Some of a facet's keys; catalogProperties, for one, may hold credentials."""
    return lambda facet: {key: facet[key] for key in keys if facet.get(key) not in (None, "")}


def _listed(key: str) -> Take:
    return lambda facet: without_keys(as_objects(facet.get(key)))


def _text(key: str) -> Take:
    return lambda facet: as_text(facet.get(key))


def _sql(facet: dict[str, Any]) -> Any:
    query = as_text(facet.get("query"))
    if not query:
        return None
    told = {"query": query, "fingerprint": fingerprint(query)}
    dialect = as_text(facet.get("dialect"))
    return told | {"dialect": dialect.lower()} if dialect else told


def fingerprint(masked: str) -> str:
    """One hash for a statement whatever its values, the length of its lists of values and its layout."""
    plain = " ".join(_LISTS_OF_MARKS.sub("(?)", masked).split())
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def _tags(facet: dict[str, Any]) -> Any:
    return [tag for tag in without_keys(as_objects(facet.get("tags"))) if tag.get("key") != _CLIENT_TAG]


_SHARED: Final[dict[str, tuple[str, Take]]] = {
    "owner": ("ownership", _listed("owners")),
    "tag": ("tags", _tags),
    "description": ("documentation", _text("description")),
}
_DATASET: Final[dict[str, tuple[str, Take]]] = _SHARED | {
    "datasetType": ("datasetType", _only("datasetType", "subType")),
    "dataSource": ("dataSource", _only("name", "uri")),
    "storage": ("storage", _only("storageLayer", "fileFormat")),
    "catalog": ("catalog", _only(*_CATALOG_KEYS)),
    "hierarchy": ("hierarchy", _listed("hierarchy")),
    "exposures": ("dbt_exposures", _listed("exposures")),
    "model": ("headwater_model", _whole),
    "feature": ("headwater_feature", _whole),
}
_JOB: Final[dict[str, tuple[str, Take]]] = _SHARED | {
    "jobType": ("jobType", _only("processingType", "integration", "jobType")),
    "sql": ("sql", _sql),
    "sourceCodeVersion": ("sourceCodeLocation", _whole),
    "sourceCode": ("sourceCode", _only("language", "sourceCodeSha256")),
}
_RUN: Final[dict[str, tuple[str, Take]]] = {
    "nominalTime": ("nominalTime", _only("nominalStartTime", "nominalEndTime")),
    "processingEngine": ("processing_engine", _only("name", "version", "openlineageAdapterVersion")),
    "extractionError": ("extractionError", _whole),
    "externalQuery": ("externalQuery", _only("externalQueryId", "source")),
    "executionParameters": ("executionParameters", _listed("parameters")),
    "jobDependencies": ("jobDependencies", _whole),
    "tests": ("test", _listed("tests")),
    "tags": ("tags", _tags),
    "training": ("headwater_training", _whole),
}
_STATISTICS: Final = (("inputs", "inputFacets", "inputStatistics"), ("outputs", "outputFacets", "outputStatistics"))


def dataset_properties(facets: dict[str, Any]) -> tuple[Property, ...]:
    """Of a dataset's facets, by label; None where one was deleted."""
    return _taken(facets, _DATASET)


def job_properties(facets: dict[str, Any], run_facets: dict[str, Any]) -> tuple[Property, ...]:
    """Of a job's facets, by label; None where one was deleted. Spark's application tells its original name beside the
    run."""
    taken = _taken(facets, _JOB)
    application = as_text(as_object(run_facets.get("spark_applicationDetails")).get("appName"))
    return tuple(sorted((*taken, ("appName", canonical(application))))) if application else taken


def _taken(facets: dict[str, Any], table: dict[str, tuple[str, Take]]) -> tuple[Property, ...]:
    if not facets:
        return ()
    taken: list[Property] = []
    for label, (name, take) in table.items():
        facet = facets.get(name)
        if type(facet) is not dict:
            continue
        if facet.get("_deleted") is True:
            taken.append((label, None))
        elif kept := take(facet):
            taken.append((label, canonical(kept)))
    taken.sort(key=lambda told: told[0])
    return tuple(taken)


def run_properties(event: dict[str, Any], run_facets: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is true of this run only, by label."""
    told = {label: value for label, value in _taken(run_facets, _RUN) if value is not None}
    error = _error(run_facets)
    if error:
        told["errorMessage"] = canonical(error)
    for listing, holder, name in _STATISTICS:
        statistics = [
            {"namespace": as_text(d.get("namespace")), "name": as_text(d.get("name")), **without_keys(found)}
            for d in as_objects(event.get(listing))
            if (found := as_object(as_object(d.get(holder)).get(name)))
        ]
        if statistics:
            told[name] = canonical(statistics)
    checks = _checks(event)
    if checks:
        told["dataQualityAssertions"] = canonical(checks)
    return tuple(sorted(told.items()))


def _error(facets: dict[str, Any]) -> str:
    for name in ("errorMessage", "spark.exception"):
        facet = as_object(facets.get(name))
        message = as_text(facet.get("message")) or as_text(facet.get("stackTrace")).partition("\n")[0]
        if message:
            return message[:ERROR_CHARACTERS_MAX]
    return ""


def _checks(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of checks on inputs; dbt also sends them among the dataset's own facets."""
    checks: list[dict[str, Any]] = []
    for dataset in as_objects(event.get("inputs")):
        for holder in ("inputFacets", "facets"):
            results = as_objects(
                as_object(as_object(dataset.get(holder)).get("dataQualityAssertions")).get("assertions")
            )
            if results:
                checks.append(
                    {
                        "namespace": as_text(dataset.get("namespace")),
                        "name": as_text(dataset.get("name")),
                        "assertions": without_keys(results),
                    }
                )
                break
    return checks
