"""What a registry defines, typed: sources, entities, views of four kinds, services, and which of their features come from where.

The one idea: a view is a table whose columns have formulas: each feature reads columns of named upstreams, or it is not
known which. Feature views, stream views, label views and on-demand views differ only in how that is found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from collectors.feast.messages import VALUE_TYPES

INTERNAL = "__dummy"
"""The entity that Feast gives to views without one, and its key."""
_TYPES = {
    1: "FileSource", 2: "BigQuerySource", 3: "KafkaSource", 4: "KinesisSource", 5: "RedshiftSource", 6: "CustomSource",
    7: "RequestSource", 8: "SnowflakeSource", 9: "PushSource", 10: "TrinoSource", 11: "SparkSource", 12: "AthenaSource",
}  # fmt: skip


class Kind(StrEnum):
    VIEW = "FEATURE_VIEW"
    STREAM = "STREAM_FEATURE_VIEW"
    ON_DEMAND = "ON_DEMAND_FEATURE_VIEW"
    LABEL = "LABEL_VIEW"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a source, entity or view."""

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A data source, as the registry has it."""

    name: str
    kind: str
    """FileSource, PushSource, RequestSource, PostgreSQLSource …"""
    told: Any
    """The message: places.py reads from it where the data lies."""
    mapping: Mapping[str, str]
    """Column of the source -> the name that views know it by."""
    timestamp: str
    created: str
    fields: tuple[Field, ...]
    """Of a request source: what a request has to bring."""
    batch: "Source | None"
    """Of a push or stream source: where the same data lies for history."""
    updated_us: int
    description: str
    owner: str
    tags: Mapping[str, str]

    @property
    def is_request(self) -> bool:
        return self.kind == "RequestSource"

    def column_of(self, name: str) -> str:
        """The source's own column for what views call `name`."""
        return next((own for own, shown in self.mapping.items() if shown == name), name)


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    key: str
    type: str
    updated_us: int
    description: str
    owner: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Projection:
    """Some features of a view."""

    view: str
    features: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A feature that is an aggregation of one column."""

    column: str
    function: str
    window_s: int
    name: str


@dataclass(frozen=True, slots=True)
class View:
    """A view of any kind, at one time."""

    name: str
    kind: Kind
    features: tuple[Field, ...]
    keys: tuple[Field, ...]
    """Join keys, as columns."""
    entities: tuple[str, ...]
    sources: tuple[Source, ...]
    """Data sources that it reads itself."""
    projections: tuple[Projection, ...]
    """Views that it reads."""
    mode: str
    code: str
    """The text of its function or SQL; "" where it has none."""
    aggregates: tuple[Aggregate, ...]
    ttl_s: int
    online: bool
    materialized: tuple[tuple[int, int], ...]
    """(from, to) of the data in the online store, in microseconds."""
    created_us: int
    updated_us: int
    description: str
    owner: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    projections: tuple[Projection, ...]
    updated_us: int
    description: str
    owner: str
    tags: Mapping[str, str]


def source(told: Any) -> Source:
    options = told.request_data_options.schema if told.HasField("request_data_options") else ()
    name = told.data_source_class_type.rpartition(".")[2] or _TYPES.get(told.type, "DataSource")
    return Source(
        name=told.name, kind=name, told=told, mapping=pairs(told.field_mapping), timestamp=told.timestamp_field,
        created=told.created_timestamp_column, fields=fields(options),
        batch=source(told.batch_source) if told.HasField("batch_source") else None,
        updated_us=_us(told.meta.last_updated_timestamp) or _us(told.meta.created_timestamp),
        description=told.description, owner=told.owner, tags=pairs(told.tags),
    )  # fmt: skip


def entity(told: Any) -> Entity:
    spec = told.spec
    return Entity(
        spec.name, spec.join_key or spec.name, VALUE_TYPES.get(spec.value_type, ""), _updated(told.meta), spec.description,
        spec.owner, pairs(spec.tags),
    )  # fmt: skip


def feature_view(told: Any) -> View:
    spec = told.spec
    views = tuple(Projection(view.name, fields(view.features)) for view in spec.source_views)
    reads = [source(getattr(spec, part)) for part in ("stream_source", "batch_source") if spec.HasField(part)]
    return _view(told, Kind.VIEW, _read_by_view(reads) if not views else (), views, _code(spec), spec.mode, ())


def stream_view(told: Any) -> View:
    spec = told.spec
    reads = [source(getattr(spec, part)) for part in ("stream_source", "batch_source") if spec.HasField(part)]
    return _view(told, Kind.STREAM, _read_by_view(reads), (), _code(spec), spec.mode, spec.aggregations)


def label_view(told: Any) -> View:
    spec = told.spec
    return _view(told, Kind.LABEL, (source(spec.source),) if spec.HasField("source") else (), (), "", "", ())


def on_demand_view(told: Any) -> View:
    spec = told.spec
    requests, views = [], []
    for entry in sorted(spec.sources, key=lambda e: e.key):
        if entry.value.HasField("request_data_source"):
            requests.append(source(entry.value.request_data_source))
        elif entry.value.HasField("feature_view_projection"):
            views.append(projection(entry.value.feature_view_projection))
        elif entry.value.HasField("feature_view"):
            inner = entry.value.feature_view.spec
            views.append(Projection(inner.name, fields(inner.features)))
    return _view(told, Kind.ON_DEMAND, tuple(requests), tuple(views), _code(spec), spec.mode, spec.aggregations)


def service(told: Any) -> Service:
    spec = told.spec
    return Service(
        spec.name, tuple(projection(each) for each in spec.features), _updated(told.meta), spec.description, spec.owner,
        pairs(spec.tags),
    )  # fmt: skip


def projection(told: Any) -> Projection:
    return Projection(told.feature_view_name, fields(told.feature_columns))


def fields(listed: Iterable[Any]) -> tuple[Field, ...]:
    return tuple(Field(each.name, VALUE_TYPES.get(each.value_type, ""), each.description) for each in listed)


def pairs(listed: Iterable[Any]) -> dict[str, str]:
    return {each.key: each.value for each in listed}


def _read_by_view(reads: list[Source]) -> tuple[Source, ...]:
    """A push source stands before its batch source, which it names itself; a stream and its history are both read."""
    if reads and reads[0].batch is not None and reads[0].kind == "PushSource":
        return (reads[0],)
    return tuple({each.name: each for each in reads}.values())


def _view(
    told: Any, kind: Kind, sources: tuple[Source, ...], views: tuple[Projection, ...], code: str, mode: str, aggregates: Iterable[Any]
) -> View:  # fmt: skip
    spec, meta = told.spec, told.meta
    stream = kind is not Kind.ON_DEMAND
    return View(
        name=spec.name, kind=kind, features=fields(spec.features),
        keys=tuple(key for key in fields(spec.entity_columns) if not key.name.startswith(INTERNAL)),
        entities=tuple(name for name in spec.entities if name != INTERNAL), sources=sources, projections=views,
        mode=mode, code=code,
        aggregates=tuple(Aggregate(a.column, a.function, a.time_window.seconds, a.name) for a in aggregates),
        ttl_s=spec.ttl.seconds if stream else 0, online=bool(spec.online) if stream else False,
        materialized=tuple((_us(i.start_time), _us(i.end_time)) for i in meta.materialization_intervals) if stream else (),
        created_us=_us(meta.created_timestamp), updated_us=_updated(meta), description=spec.description, owner=spec.owner,
        tags=pairs(spec.tags),
    )  # fmt: skip


def _code(spec: Any) -> str:
    """The text of the function; the pickle beside it is never read."""
    if spec.HasField("feature_transformation"):
        return str(spec.feature_transformation.user_defined_function.body_text)
    deprecated = "user_defined_function"
    known = deprecated in spec.DESCRIPTOR.fields_by_name and spec.HasField(deprecated)
    return str(spec.user_defined_function.body_text) if known else ""


def _updated(meta: Any) -> int:
    return _us(meta.last_updated_timestamp) or _us(meta.created_timestamp)


def _us(told: Any) -> int:
    return int(told.seconds) * 1_000_000 + int(told.nanos) // 1_000
