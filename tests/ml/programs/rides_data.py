"""Data for the rides repository, and a registry of the kind that the first argument names."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

now = datetime(2026, 11, 1)
pd.DataFrame(
    {
        "driver_id": [1, 2, 3],
        "event_timestamp": [now - timedelta(hours=h) for h in (1, 2, 3)],
        "created": [now] * 3,
        "conv": [0.1, 0.2, 0.3],
        "trips": [5, 15, 25],
    }
).to_parquet("data/trips.parquet")
registry = {
    "file": "registry: data/registry.db",
    "sql": "registry: {registry_type: sql, path: 'sqlite:///data/registry.sqlite'}",
}[sys.argv[1]]
Path("feature_store.yaml").write_text(
    f"project: rides\n{registry}\nprovider: local\noffline_store: {{type: file}}\n"
    "online_store: {type: sqlite, path: data/online.db}\nentity_key_serialization_version: 3\n"
)
