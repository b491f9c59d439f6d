"""Two versions of a model through Feast's bridge to MLflow, the second without the spend; the first is the champion."""

import os
from datetime import datetime

import feast.mlflow as bridge
import mlflow
import pandas as pd
from feast import FeatureStore
from sklearn.linear_model import LinearRegression

mlflow.set_tracking_uri(os.environ["SHOP_MLFLOW"])
store = FeatureStore(repo_path=".")
entities = pd.DataFrame({"customer_id": [1, 2, 3], "event_timestamp": [datetime(2026, 11, 1)] * 3})
for service, columns in (("by_spend", ["n_orders", "spend"]), ("by_count", ["n_orders"])):
    with bridge.start_run(run_name=service) as run:
        data = (
            store.get_historical_features(entity_df=entities, features=store.get_feature_service(service))
            .to_df()
            .fillna(0)
        )
        model = LinearRegression().fit(data[columns], [0, 1, 0])
        bridge.log_model(model, "model", flavor="sklearn")
        run_id = run.info.run_id
    bridge.register_model(f"runs:/{run_id}/model", "churn")
mlflow.MlflowClient().set_registered_model_alias("churn", "champion", "1")
