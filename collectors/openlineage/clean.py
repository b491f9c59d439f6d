"""The cleaning walk over one event: secrets hidden, SQL masked, what never enters the graph dropped, strings made
storable.

The one idea: one walk that builds a new value, with a few places it knows (facets, SQL, environment variables) and
rules for all the rest. Facets that the graph reads are never dropped, however large.
"""

import hashlib
import re
from functools import lru_cache
from typing import Any, ClassVar, Final

import orjson

from collectors.openlineage.json_text import DEPTH_MAX
from collectors.openlineage.mask import mask_sql
from collectors.openlineage.secrets import REDACTED, is_secret_name, redact_text
from collectors.openlineage.shapes import RECURRING_BYTES_MAX

_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")

DROPPED_FACETS: Final = frozenset({"spark.logicalPlan", "spark_unknown", "debug", "unknownSourceAttribute"})
"""Plans and dumps: two thirds of Spark's bytes, task reprs with arguments in them, and no lineage."""
READ_FACETS: Final = frozenset(
    {"schema", "columnLineage", "lineage", "symlinks", "lifecycleStateChange", "version", "dataSource", "catalog",
     "storage", "datasetType", "hierarchy", "documentation", "ownership", "tags", "dataQualityMetrics",
     "dataQualityAssertions", "inputStatistics", "outputStatistics", "subset", "sql", "sourceCode",
     "sourceCodeLocation", "jobType", "parent", "nominalTime", "errorMessage", "externalQuery", "extractionError",
     "processing_engine", "headwater_model", "headwater_feature", "headwater_serving", "headwater_training",
     "headwater_link"}
)  # fmt: skip
_FACET_HOLDERS: Final = frozenset({"facets", "inputFacets", "outputFacets"})
_PLAIN_KEYS: Final = frozenset(
    {"namespace", "name", "field", "type", "subtype", "description", "_producer", "_schemaURL"}
)
"""Keys of which no secret's name is made."""
_RECURRING_FACETS: Final = frozenset({"schema", "columnLineage"})
RECURRING_CACHED: Final = 4_096  # the datasets of a busy day, some 10 MB
FACET_DEPTH: Final = 6  # event, inputs, dataset, facets, facet
_NAME_BESIDE_VALUE: Final = ("name", "key")
_SQL_KEYS: Final = frozenset(
    {"sql", "query", "sqlText", "sql_text", "statement", "hql", "rawSql", "compiled_sql", "compiled_code"}
)
_JSON_BEGINS: Final = frozenset("{[")
_JSON_ENDS: Final = frozenset("}]")
NESTED_MAX: Final = 3  # JSON in JSON in JSON: a notebook's parameters have two
NESTED_CHARACTERS_MAX: Final = 1 << 20  # beyond it the patterns alone look for secrets
_ALWAYS_SECRET_FACETS: Final = frozenset({"debezium_config"})
_DIALECTS: Final = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "bigquery": "bigquery",
    "snowflake": "snowflake", "redshift": "redshift", "hive": "hive", "databricks": "databricks",
    "unitycatalog": "databricks", "trino": "trino", "duckdb": "duckdb", "mssql": "tsql", "sqlserver": "tsql",
    "oracle": "oracle", "clickhouse": "clickhouse", "awsathena": "athena", "athena": "athena",
}  # fmt: skip
_SQL_START: Final = re.compile(
    # possessive: comments could else be read in 2^n ways
    r"\s*(?:/\*.*?\*/\s*+|--[^\n]*+\n\s*+)*+(?:with|select|insert|update|delete|merge|create|copy|replace|alter|values)\b",
    re.I | re.S,
)


class Cleaner:
    """One event's walk. `dirty`: strings may be unstorable; `large`: facets may be."""

    FACET_BYTES_MAX: ClassVar[int] = 65_536  # a page of text that nobody reads in a graph; READ_FACETS have no limit

    def __init__(self, *, dirty: bool, large: bool) -> None:
        self._dirty = dirty
        self._large = large
        self._dialect: str | None = None
        self._nesting = 0
        self._texts: dict[str, str] = {}
        """Names and types of this event, cleaned: one event names few things very often."""

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """A cleaned copy. Raises RecursionError beyond DEPTH_MAX."""
        self._dialect = _told_dialect(event)
        return self._object(event, 1)

    def facet(self, facet: dict[str, Any]) -> dict[str, Any]:
        """A cleaned copy of one facet. Raises RecursionError beyond DEPTH_MAX."""
        return self._object(facet, FACET_DEPTH)

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        if depth > DEPTH_MAX:
            raise RecursionError
        cleaned: dict[str, Any] = {}
        for key, item in value.items():
            kind = type(item)
            if kind is str and key in _PLAIN_KEYS:
                text = self._texts.get(item)
                if text is None:
                    text = self._texts[item] = self._text(item)
                cleaned[key] = text
                continue
            if self._dirty:
                key = _UNSTORABLE.sub("\ufffd", key)
            if kind is str:
                cleaned[key] = self._named_text(key, item)
            elif kind is dict:
                cleaned[key] = self._facets(item, depth + 1) if key in _FACET_HOLDERS else self._object(item, depth + 1)
            elif kind is list:
                if item and is_secret_name(key) and not any(isinstance(element, dict | list) for element in item):
                    cleaned[key] = REDACTED
                elif key in _SQL_KEYS and all(type(element) is str for element in item):
                    cleaned[key] = [self._named_text(key, element) for element in item]
                else:
                    cleaned[key] = self._list(item, depth + 1)
            elif kind in (int, float) and is_secret_name(key):
                cleaned[key] = REDACTED
            else:
                cleaned[key] = item
        if "value" in cleaned and type(cleaned["value"]) in (str, int, float):
            for label in _NAME_BESIDE_VALUE:
                name = cleaned.get(label)
                if type(name) is str and is_secret_name(name):
                    cleaned["value"] = REDACTED
        return cleaned

    def _list(self, items: list[Any], depth: int) -> list[Any]:
        if depth > DEPTH_MAX:
            raise RecursionError
        cleaned: list[Any] = []
        for item in items:
            kind = type(item)
            if kind is dict:
                cleaned.append(self._object(item, depth + 1))
            elif kind is str:
                cleaned.append(self._text(item))
            elif kind is list:
                cleaned.append(self._list(item, depth + 1))
            else:
                cleaned.append(item)
        return cleaned

    def _facets(self, facets: dict[str, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, facet in facets.items():
            if name in DROPPED_FACETS or (self._large and name not in READ_FACETS and _too_large(facet)):
                continue
            if self._dirty:
                name = _UNSTORABLE.sub("\ufffd", name)
            if not isinstance(facet, dict):
                if facet is not None:  # a null facet says nothing
                    kept[name] = self._list([facet], depth)[0]
            elif name in _RECURRING_FACETS and not self._dirty:
                kept[name] = self._recurring(facet, depth + 1)
            elif name == "environmentVariables":
                kept[name] = self._environment(facet, depth + 1)
            elif name in _ALWAYS_SECRET_FACETS:
                kept[name] = _hidden(facet)
            elif name == "sourceCode":
                kept[name] = self._source_code(facet, depth + 1)
            else:
                kept[name] = self._object(facet, depth + 1)
        return kept

    def _recurring(self, facet: dict[str, Any], depth: int) -> Any:
        """A facet that comes again with every run, cleaned once: its JSON, ready to be written."""
        try:
            told = orjson.dumps(facet, option=orjson.OPT_SORT_KEYS)
        except (TypeError, ValueError):  # nests too deep to be written: the walk says so
            return self._object(facet, depth)
        return orjson.Fragment(_cleaned_facet(told)) if len(told) <= RECURRING_BYTES_MAX else self._object(facet, depth)

    def _environment(self, facet: dict[str, Any], depth: int) -> dict[str, Any]:
        """Names only: values are denied by default."""
        variables = facet.get("environmentVariables")
        cleaned = self._object({key: item for key, item in facet.items() if key != "environmentVariables"}, depth)
        if isinstance(variables, list):
            cleaned["environmentVariables"] = [
                {"name": self._text(v["name"]), "value": REDACTED}
                for v in variables
                if isinstance(v, dict) and isinstance(v.get("name"), str)
            ]
        return cleaned

    def _source_code(self, facet: dict[str, Any], depth: int) -> dict[str, Any]:
        """Programs hold secrets in ways that no pattern knows: of the text only its hash enters, to tell a change."""
        cleaned = self._object({key: item for key, item in facet.items() if key != "sourceCode"}, depth)
        code = facet.get("sourceCode")
        if isinstance(code, str):
            cleaned["sourceCodeSha256"] = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
        return cleaned

    def _named_text(self, key: str, text: str) -> str:
        if is_secret_name(key) and text:
            return REDACTED
        if key in _SQL_KEYS and (key != "query" or " " in text) and (key in ("sql", "query") or _SQL_START.match(text)):
            text = self._text(text) if self._dirty else text
            return mask_sql(text, self._dialect)
        if key == "content" and _SQL_START.match(text):
            return mask_sql(self._text(text), self._dialect)
        return self._text(text)

    def _text(self, text: str) -> str:
        if self._dirty:
            text = _UNSTORABLE.sub("\ufffd", text)
        if text[:1] in _JSON_BEGINS and text[-1:] in _JSON_ENDS and self._nesting < NESTED_MAX:
            text = self._nested(text)
        return redact_text(text)

    def _nested(self, text: str) -> str:
        """JSON inside a string, cleaned as what it is: there a secret's name and the secret are apart, and quotes are
        escaped once more at each level. A text that is none, or holds nothing to hide, stays as it is written."""
        if len(text) > NESTED_CHARACTERS_MAX:
            return text
        outside = self._nesting
        try:
            value = orjson.loads(text)
            self._nesting = outside + 1
            cleaned = self._list([value], FACET_DEPTH)[0]
            return text if cleaned == value else orjson.dumps(cleaned).decode()
        except (ValueError, TypeError, RecursionError):
            return text
        finally:
            self._nesting = outside


@lru_cache(RECURRING_CACHED)
def _cleaned_facet(told: bytes) -> bytes:
    cleaned = orjson.dumps(Cleaner(dirty=False, large=False).facet(orjson.loads(told)), option=orjson.OPT_SORT_KEYS)
    return told if cleaned == told else cleaned  # mostly nothing changes, and one copy is enough


def _told_dialect(event: dict[str, Any]) -> str | None:
    """The dialect of the event's SQL: as told, else of the system that its datasets live in."""
    job = event.get("job")
    facets = job.get("facets") if isinstance(job, dict) else None
    sql = facets.get("sql") if isinstance(facets, dict) else None
    if isinstance(sql, dict) and isinstance(sql.get("dialect"), str) and sql["dialect"]:
        return str(sql["dialect"]).lower()
    for key in ("outputs", "inputs"):
        mentioned = event.get(key)
        for dataset in mentioned if isinstance(mentioned, list) else ():
            namespace = dataset.get("namespace") if isinstance(dataset, dict) else None
            if isinstance(namespace, str):
                dialect = _DIALECTS.get(namespace.partition(":")[0].lower())
                if dialect is not None:
                    return dialect
    job_type = facets.get("jobType") if isinstance(facets, dict) else None
    if isinstance(job_type, dict) and job_type.get("integration") == "SPARK":
        return "spark"
    return None


def _too_large(facet: Any) -> bool:
    try:
        return len(orjson.dumps(facet)) > Cleaner.FACET_BYTES_MAX
    except (TypeError, ValueError):  # too deep or not storable to measure: judged by the walk
        return False


def _hidden(value: Any) -> Any:
    """The same shape with every value hidden."""
    if isinstance(value, dict):
        return {key: item if key in ("_producer", "_schemaURL") else _hidden(item) for key, item in value.items()}
    return REDACTED


def bad_name_place(event: dict[str, Any]) -> str | None:
    """The JSON path of the first name or id that holds a NUL or a lone surrogate and would become a node; None when
    all are fine."""
    job, run, dataset = _dict(event.get("job")), _dict(event.get("run")), _dict(event.get("dataset"))
    named: list[tuple[str, Any]] = [("$.job", job), ("$.run", run), ("$.dataset", dataset)]
    parent = _dict(_dict(run.get("facets")).get("parent"))
    named += [("$.run.facets.parent.job", parent.get("job")), ("$.run.facets.parent.run", parent.get("run"))]
    for key in ("inputs", "outputs"):
        listed = event.get(key)
        if isinstance(listed, list):
            named += [(f"$.{key}[{index}]", item) for index, item in enumerate(listed)]
    for place, part in named:
        part = _dict(part)
        for label in ("namespace", "name", "runId"):
            if isinstance(part.get(label), str) and _UNSTORABLE.search(part[label]):
                return f"{place}.{label}"
        facets = _dict(part.get("facets"))
        for facet, listing in (("schema", "fields"), ("symlinks", "identifiers")):
            for field in _list(_dict(facets.get(facet)).get(listing)):
                for label in ("namespace", "name"):
                    if isinstance(_dict(field).get(label), str) and _UNSTORABLE.search(field[label]):
                        return f"{place}.facets.{facet}"
        fields = _dict(_dict(facets.get("columnLineage")).get("fields"))
        for column, claim in fields.items():
            sources = _list(_dict(claim).get("inputFields"))
            texts = [column, *(_dict(s).get(label) for s in sources for label in ("namespace", "name", "field"))]
            if any(isinstance(text, str) and _UNSTORABLE.search(text) for text in texts):
                return f"{place}.facets.columnLineage"
    return None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
