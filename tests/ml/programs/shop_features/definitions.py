"""Features of a customer out of the table that dbt makes."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field
from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import PostgreSQLSource
from feast.types import Float64, Int64
from feast.value_type import ValueType

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
view = FeatureView(
    name="customer_stats",
    entities=[customer],
    ttl=timedelta(days=3650),
    schema=[Field(name="n_orders", dtype=Int64), Field(name="spend", dtype=Float64)],
    source=PostgreSQLSource(
        name="customer_features", table="public.customer_features", timestamp_field="event_timestamp"
    ),
)
by_spend = FeatureService(name="by_spend", features=[view])
by_count = FeatureService(name="by_count", features=[view[["n_orders"]]])
