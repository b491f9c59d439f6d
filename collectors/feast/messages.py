"""The messages of Feast's registry, as far as they are read: names and numbers of fields, as Feast 0.67's protocol has them.

The one idea: the schema is a table that a person can check, and protobuf's own library reads the bytes. Fields that are
not listed are skipped, so a newer registry is read as far as it is known. The pickles in it (`body` of a function) are
not even listed.
"""

from functools import lru_cache
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory, timestamp_pb2
from google.protobuf.message import Message

PACKAGE: Final = "headwater.feast"

_TIME, _SPAN = ".google.protobuf.Timestamp", ".google.protobuf.Duration"
_META = {"created_timestamp": (1, _TIME), "last_updated_timestamp": (2, _TIME)}
_VIEW_META = _META | {"materialization_intervals": (3, "*MaterializationInterval")}

# message -> field -> (number, type); `*` before a type: repeated; a name: another message; enums are int32 on the wire
_MESSAGES: Final[dict[str, dict[str, tuple[int, str]]]] = {
    "Registry": {
        "entities": (1, "*Entity"), "feature_views": (6, "*FeatureView"), "feature_services": (7, "*FeatureService"),
        "on_demand_feature_views": (8, "*OnDemandFeatureView"), "data_sources": (12, "*DataSource"),
        "stream_feature_views": (14, "*StreamFeatureView"), "feature_view_version_history": (18, "History"),
        "label_views": (19, "*LabelView"),
    },
    "Pair": {"key": (1, "string"), "value": (2, "string")},
    "Meta": _META,
    "ViewMeta": _VIEW_META,
    "MaterializationInterval": {"start_time": (1, _TIME), "end_time": (2, _TIME)},
    "Entity": {"spec": (1, "EntitySpec"), "meta": (2, "Meta")},
    "EntitySpec": {
        "name": (1, "string"), "value_type": (2, "int32"), "description": (3, "string"), "join_key": (4, "string"),
        "tags": (8, "*Pair"), "project": (9, "string"), "owner": (10, "string"),
    },
    "Feature": {
        "name": (1, "string"), "value_type": (2, "int32"), "tags": (3, "*Pair"), "description": (4, "string"),
    },
    "DataSource": {
        "type": (1, "int32"), "field_mapping": (2, "*Pair"), "timestamp_field": (3, "string"),
        "created_timestamp_column": (5, "string"), "file_options": (11, "FileOptions"), "bigquery_options": (12, "Table"),
        "kafka_options": (13, "KafkaOptions"), "kinesis_options": (14, "KinesisOptions"),
        "redshift_options": (15, "Table"), "custom_options": (16, "CustomOptions"),
        "data_source_class_type": (17, "string"), "request_data_options": (18, "RequestOptions"),
        "snowflake_options": (19, "Table"), "name": (20, "string"), "project": (21, "string"),
        "description": (23, "string"), "tags": (24, "*Pair"), "owner": (25, "string"), "batch_source": (26, "DataSource"),
        "spark_options": (27, "SparkOptions"), "trino_options": (30, "Table"), "athena_options": (35, "AthenaOptions"),
        "meta": (50, "SourceMeta"),
    },
    "SourceMeta": {"created_timestamp": (3, _TIME), "last_updated_timestamp": (4, _TIME)},
    "FileOptions": {"uri": (2, "string")},
    "Table": {"table": (1, "string"), "query": (2, "string"), "schema": (3, "string"), "database": (4, "string")},
    "AthenaOptions": {
        "table": (1, "string"), "query": (2, "string"), "database": (3, "string"), "data_source": (4, "string"),
    },
    "SparkOptions": {"table": (1, "string"), "query": (2, "string"), "path": (3, "string")},
    "KafkaOptions": {"kafka_bootstrap_servers": (1, "string"), "topic": (2, "string")},
    "KinesisOptions": {"region": (1, "string"), "stream_name": (2, "string")},
    "CustomOptions": {"configuration": (1, "bytes")},
    "RequestOptions": {"schema": (3, "*Feature")},
    "Function": {"name": (1, "string"), "body_text": (3, "string"), "mode": (4, "string")},
    "Transformation": {"user_defined_function": (1, "Function")},
    "Aggregation": {
        "column": (1, "string"), "function": (2, "string"), "time_window": (3, _SPAN), "name": (5, "string"),
    },
    "FeatureView": {"spec": (1, "FeatureViewSpec"), "meta": (2, "ViewMeta")},
    "FeatureViewSpec": {
        "name": (1, "string"), "project": (2, "string"), "entities": (3, "*string"), "features": (4, "*Feature"),
        "tags": (5, "*Pair"), "ttl": (6, _SPAN), "batch_source": (7, "DataSource"), "online": (8, "bool"),
        "stream_source": (9, "DataSource"), "description": (10, "string"), "owner": (11, "string"),
        "entity_columns": (12, "*Feature"), "source_views": (14, "*FeatureViewSpec"),
        "feature_transformation": (15, "Transformation"), "mode": (16, "string"),
    },
    "StreamFeatureView": {"spec": (1, "StreamFeatureViewSpec"), "meta": (2, "ViewMeta")},
    "StreamFeatureViewSpec": {
        "name": (1, "string"), "project": (2, "string"), "entities": (3, "*string"), "features": (4, "*Feature"),
        "entity_columns": (5, "*Feature"), "description": (6, "string"), "tags": (7, "*Pair"), "owner": (8, "string"),
        "ttl": (9, _SPAN), "batch_source": (10, "DataSource"), "stream_source": (11, "DataSource"), "online": (12, "bool"),
        "user_defined_function": (13, "Function"), "mode": (14, "string"), "aggregations": (15, "*Aggregation"),
        "timestamp_field": (16, "string"), "feature_transformation": (17, "Transformation"),
    },
    "LabelView": {"spec": (1, "LabelViewSpec"), "meta": (2, "ViewMeta")},
    "LabelViewSpec": {
        "name": (1, "string"), "project": (2, "string"), "entities": (3, "*string"), "features": (4, "*Feature"),
        "tags": (5, "*Pair"), "ttl": (6, _SPAN), "source": (7, "DataSource"), "online": (8, "bool"),
        "description": (9, "string"), "owner": (10, "string"), "entity_columns": (11, "*Feature"),
    },
    "OnDemandFeatureView": {"spec": (1, "OnDemandSpec"), "meta": (2, "Meta")},
    "OnDemandSpec": {
        "name": (1, "string"), "project": (2, "string"), "features": (3, "*Feature"), "sources": (4, "*OnDemandEntry"),
        "user_defined_function": (5, "Function"), "description": (6, "string"), "tags": (7, "*Pair"), "owner": (8, "string"),
        "feature_transformation": (10, "Transformation"), "mode": (11, "string"), "entities": (13, "*string"),
        "entity_columns": (14, "*Feature"), "aggregations": (16, "*Aggregation"),
    },
    "OnDemandEntry": {"key": (1, "string"), "value": (2, "OnDemandSource")},
    "OnDemandSource": {
        "feature_view": (1, "FeatureView"), "request_data_source": (2, "DataSource"), "feature_view_projection": (3, "Projection"),
    },
    "Projection": {
        "feature_view_name": (1, "string"), "feature_columns": (2, "*Feature"), "feature_view_name_alias": (3, "string"),
    },
    "FeatureService": {"spec": (1, "ServiceSpec"), "meta": (2, "Meta")},
    "ServiceSpec": {
        "name": (1, "string"), "project": (2, "string"), "features": (3, "*Projection"), "tags": (4, "*Pair"),
        "description": (5, "string"), "owner": (6, "string"),
    },
    "History": {"records": (1, "*HistoryRecord")},
    "HistoryRecord": {
        "feature_view_name": (1, "string"), "project_id": (2, "string"), "version_number": (3, "int32"),
        "feature_view_type": (4, "string"), "feature_view_proto": (5, "bytes"), "created_timestamp": (6, _TIME),
    },
}  # fmt: skip

_SCALARS: Final = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
}


def message(name: str) -> Message:
    """An empty message of this kind."""
    made: Message = _classes()[f"{PACKAGE}.{name}"]()
    return made


@lru_cache(1)
def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    for library in (timestamp_pb2, duration_pb2):
        pool.AddSerializedFile(library.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="headwater/feast.proto", package=PACKAGE, syntax="proto3",
        dependency=["google/protobuf/timestamp.proto", "google/protobuf/duration.proto"],
    )  # fmt: skip
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        for field_name, (number, told) in fields.items():
            field = described.field.add(name=field_name, number=number)
            kind = told.lstrip("*")
            field.label = field.LABEL_REPEATED if told.startswith("*") else field.LABEL_OPTIONAL
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type, field.type_name = field.TYPE_MESSAGE, kind if kind.startswith(".") else f".{PACKAGE}.{kind}"
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClassesForFiles([file.name], pool)


VALUE_TYPES: Final = {
    1: "Bytes", 2: "String", 3: "Int32", 4: "Int64", 5: "Float64", 6: "Float32", 7: "Bool", 8: "UnixTimestamp", 20: "Map",
    32: "Json", 34: "Struct", 36: "Uuid", 37: "TimeUuid", 44: "Decimal", 48: "ZonedTimestamp",
    11: "Array(Bytes)", 12: "Array(String)", 13: "Array(Int32)", 14: "Array(Int64)", 15: "Array(Float64)", 16: "Array(Float32)",
    17: "Array(Bool)", 18: "Array(UnixTimestamp)", 21: "Array(Map)", 22: "Set(Bytes)", 23: "Set(String)", 24: "Set(Int32)",
    25: "Set(Int64)", 26: "Set(Float64)", 27: "Set(Float32)", 28: "Set(Bool)", 29: "Set(UnixTimestamp)", 33: "Array(Json)",
    35: "Array(Struct)", 38: "Array(Uuid)", 45: "Array(Decimal)",
}  # fmt: skip
"""Feast's types by the number that the registry has; as Feast's own events spell them."""
