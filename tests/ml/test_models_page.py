"""The events in docs/models.md do what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.ml.world import World, dataset, model, run_event, schema

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
SERVER = "mlflow://mlflow.example.org"


def test_a_deployment_and_an_alias_as_the_page_has_them() -> None:
    """Both say what serves, and the prediction log is downstream."""
    deployment, alias = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))
    version = model("churn", "2", schema=schema("x"))
    version["namespace"] = SERVER
    world = World(
        [
            run_event("train", "r", 1, inputs=[{"namespace": "pg", "name": "orders"}], outputs=[version]),
            deployment,
            alias,
        ]
    )
    told = {
        (v["kind"], v["name"], v["version"])
        for v, _, _ in world.history_of(dataset("churn", namespace=SERVER), "serving")
    }
    assert told == {("DEPLOYMENT", "churn-api", "2"), ("ALIAS", "champion", "2")}
    reached = world.impact(dataset("orders", namespace="pg"))
    assert {"churn@2", "churn", "shop.public.churn_predictions", "job:churn-api"} <= reached.keys()
