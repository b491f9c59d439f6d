"""A feature repository: batch, push, stream-like, on-demand and label views, and services of them."""

from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource, RequestSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float32, Float64, Int64, String
from feast.value_type import ValueType

driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64, description="Who drives")
trips = FileSource(
    name="trips",
    path="data/trips.parquet",
    timestamp_field="event_timestamp",
    created_timestamp_column="created",
    field_mapping={"conv": "conversion"},
    owner="ride@example.org",
)
stats = FeatureView(
    name="driver_stats",
    entities=[driver],
    ttl=timedelta(days=2),
    schema=[
        Field(name="conversion", dtype=Float32, description="Share of offers taken"),
        Field(name="trips", dtype=Int64),
    ],
    source=trips,
    online=True,
    owner="ml@example.org",
    tags={"team": "rides"},
)
fresh = FeatureView(
    name="driver_stats_fresh",
    entities=[driver],
    ttl=timedelta(hours=1),
    schema=[Field(name="conversion", dtype=Float32)],
    source=PushSource(name="trips_push", batch_source=trips),
)
request = RequestSource(name="offer", schema=[Field(name="distance", dtype=Float64), Field(name="city", dtype=String)])


@on_demand_feature_view(
    sources=[stats, request],
    schema=[
        Field(name="per_km", dtype=Float64),
        Field(name="passed_on", dtype=Float64),
        Field(name="opaque", dtype=Float64),
    ],
    mode="pandas",
)
def offer_features(inputs: pd.DataFrame) -> pd.DataFrame:
    df = pd.DataFrame()
    df["per_km"] = inputs["conversion"] / inputs["distance"]
    df["passed_on"] = inputs["conversion"]
    df["opaque"] = inputs.sum(axis=1, numeric_only=True)
    return df


@on_demand_feature_view(sources=[stats], schema=[Field(name="busy", dtype=Int64)], mode="python")
def busy_features(inputs: dict) -> dict:
    return {"busy": [1 if value > 10 else 0 for value in inputs["trips"]]}


offer_v1 = FeatureService(
    name="offer_v1", features=[stats[["conversion"]], offer_features[["per_km"]]], owner="ml@example.org"
)
offer_v2 = FeatureService(name="offer_v2", features=[stats, busy_features])
