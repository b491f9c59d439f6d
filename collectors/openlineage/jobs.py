"""What kind of job speaks: a detail of another, a container of others, a stream, a test; and the name that is stable
for it.

The one idea: the jobType facet tells when it is sent; else only an integration's own naming pattern does. Nothing
here is guessed from a name alone where no integration is known.
"""

import re
from typing import Any, Final

from collectors.openlineage.shapes import as_object, as_objects, as_text, raw_name
from lineage.events import RawName

_TECHNICAL: Final = frozenset(
    {("SPARK", "SQL_JOB"), ("SPARK", "RDD_JOB"), ("AIRFLOW", "QUERY"), ("DBT", "SQL"), ("DBT", "QUERY")}
)
_CONTAINERS: Final = frozenset({("AIRFLOW", "DAG"), ("DBT", "JOB"), ("DBT", "PROJECT")})
_QUERY_NAME: Final = {"AIRFLOW": re.compile(r".+\.query\.\d+"), "DBT": re.compile(r".+\.sql\.\d+")}
_DBT_ROOT: Final = re.compile(r"dbt-run-.+")
_DBT_NODE: Final = re.compile(r"(?:model|seed|snapshot|test|operation|source|exposure|unit_test)\..+")
_DBT_MODE: Final = re.compile(r"(?:\.build)?\.(?:run|snapshot|seed|test)$")
_DBT_TYPES: Final = {"MODEL": "model", "SNAPSHOT": "snapshot", "SEED": "seed"}


class JobReading:
    """The job of one event, read with what the run says beside it."""

    def __init__(self, name: RawName, facets: dict[str, Any], run_facets: dict[str, Any], producer: str) -> None:
        self.name = name
        self._facets = facets
        self._run_facets = run_facets
        told = as_object(facets.get("jobType"))
        self.job_type = as_text(told.get("jobType")).upper()
        self._processing = as_text(told.get("processingType")).upper()
        self.integration = as_text(told.get("integration")).upper() or _integration(run_facets, producer)

    @property
    def technical(self) -> bool:
        """A detail of its parent. (Only with a parent: the reader of the event sees to that.)"""
        if self.job_type:
            return (self.integration, self.job_type) in _TECHNICAL
        pattern = _QUERY_NAME.get(self.integration)
        return pattern is not None and pattern.fullmatch(self.name.name) is not None

    def inside(self, parent: RawName) -> bool:
        """Whether the name says that this is a part of a Spark application: how clients before jobType told it."""
        return not self.job_type and self.integration == "SPARK" and self.name.name.startswith(parent.name + ".")

    @property
    def container(self) -> bool:
        """Only groups others and moves no data itself."""
        if self.job_type:
            return (self.integration, self.job_type) in _CONTAINERS
        if self.integration == "AIRFLOW":
            return "airflowDagRun" in self._run_facets
        return self.integration == "DBT" and _DBT_ROOT.fullmatch(self.name.name) is not None

    @property
    def streaming(self) -> bool:
        """Counts from RUNNING. Not Spark's: each of its micro-batches is a run that ends, and one that fails after
        RUNNING wrote nothing."""
        return self.deploys or (self._processing == "STREAMING" and self.integration != "SPARK")

    @property
    def deploys(self) -> bool:
        """Serves the model versions that it reads."""
        return self.job_type == "DEPLOYMENT"

    @property
    def writes_nothing(self) -> bool:
        """A test: what it names as output is where its own failures would be kept (NAMING 7)."""
        if self.job_type:
            return self.job_type in ("TEST", "UNIT_TEST")
        return self.integration == "DBT" and self._unique_id().startswith(("test.", "unit_test."))

    def _unique_id(self) -> str:
        for facets in (self._facets, self._run_facets):
            told = as_text(as_object(facets.get("dbt_node")).get("unique_id"))
            if told:
                return told
        return ""

    def stable_name(self, event: dict[str, Any]) -> RawName | None:
        """The one name of a dbt node in dbt's three ways of naming its job (NAMING 6); None where the job's own name
        is it, or where no rule tells. Used as it is: a test's hash in it is no volatile part."""
        if self.integration != "DBT" or self.technical or self.container:
            return None
        name = self.name.name
        unique_id = self._unique_id()
        if self.writes_nothing:
            # the tests of one model in one job: dbt_node names the model there, which they are not
            if _DBT_NODE.fullmatch(name):
                return self.name
            return RawName(self.name.namespace, _DBT_MODE.sub("", name) + ".test")
        node = unique_id or (name if _DBT_NODE.fullmatch(name) else self._derived_node(event))
        return RawName(self.name.namespace, node) if node else None

    def _derived_node(self, event: dict[str, Any]) -> str:
        """`model.project.name` from `database.schema.project.name[.build].run`; "" where that would be a guess."""
        kind = _DBT_TYPES.get(self.job_type)
        if kind is None:
            return ""
        name = _DBT_MODE.sub("", self.name.name) if self.name.name.count(".") > 3 else self.name.name
        project = as_text(as_object(self._run_facets.get("dbt_run")).get("project_name"))
        parts = name.split(".")
        if project and len(parts) >= 4 and parts[2] == project:
            return ".".join((kind, *parts[2:]))
        for output in as_objects(event.get("outputs")):
            table = raw_name(output)
            place = table.name.rpartition(".")[0] + "." if table is not None else "."
            if place != "." and name.startswith(place) and "." in name[len(place) :]:
                return f"{kind}.{name[len(place) :]}"
        return ""


def _integration(run_facets: dict[str, Any], producer: str) -> str:
    """Which integration speaks, when no jobType says: by its own facets, else by the producer's address in
    OpenLineage's repository."""
    if "dbt_run" in run_facets or "dbt_version" in run_facets:
        return "DBT"
    if "airflow" in run_facets or "airflowDagRun" in run_facets:
        return "AIRFLOW"
    if "spark_properties" in run_facets or "spark_version" in run_facets:
        return "SPARK"
    match = re.search(
        r"/integration/(dbt|airflow|spark|flink|hive)\b|(airflow)-providers|/providers/(?:[\w-]+/)*(airflow|openlineage)\b",
        producer,
    )
    if match is None:
        return ""
    return (match[1] or "airflow").upper()
