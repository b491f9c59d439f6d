"""Trains, registers, aliases and tags with MLflow's own client: what users do. Arguments: the server, the folder, what to do."""

import sys

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

URL, FOLDER, STEP = sys.argv[1:4]
mlflow.set_tracking_uri(URL)
mlflow.set_experiment("churn")
client = mlflow.MlflowClient()
FEATURES = ["n_orders", "spend"]


def frame():
    generator = np.random.default_rng(0)
    told = pd.DataFrame(
        {"customer_id": range(60), "n_orders": generator.integers(0, 20, 60), "spend": generator.random(60) * 100}
    )
    told["churned"] = (told.spend < 40).astype(int)
    return told


def train(number, features, source, name="customer_features", register=True):
    data = frame()
    with mlflow.start_run(run_name=f"train-{number}", tags={"team": "growth"}):
        logged = mlflow.data.from_pandas(data, source=source, targets="churned", name=name)
        mlflow.log_input(logged, context="training")
        held = mlflow.data.from_pandas(data.head(5), source="s3://lake/eval/ds=2026-11-01", name="held_out")
        mlflow.log_input(held, context="evaluation")
        mlflow.log_params({"C": number, "warehouse_password": "hunter2hunter2"})
        model = LogisticRegression(C=number).fit(data[features], data.churned)
        mlflow.log_metric("acc", 0.9)
        with mlflow.start_run(run_name="fold", nested=True):
            mlflow.log_metric("acc", 0.8)
        signature = infer_signature(data[features], model.predict(data[features]))
        mlflow.sklearn.log_model(
            model, name="model", signature=signature, registered_model_name="churn" if register else None
        )


match STEP:
    case "train":
        train(1, FEATURES, f"{FOLDER}/customers.parquet")
        train(2, ["spend"], f"{FOLDER}/spending.parquet", name="spending")
        client.set_registered_model_alias("churn", "champion", "1")
    case "move":
        client.set_registered_model_alias("churn", "champion", "2")
        client.set_model_version_tag("churn", "2", "approved_by", "risk-committee")
    case "delete":
        client.delete_registered_model_alias("churn", "champion")
        client.delete_model_version("churn", "1")
    case "memory":
        train(3, FEATURES, None, name="in_memory", register=False)
