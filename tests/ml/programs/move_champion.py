"""Moves the alias to the second version."""

import os

import mlflow

mlflow.set_tracking_uri(os.environ["SHOP_MLFLOW"])
mlflow.MlflowClient().set_registered_model_alias("churn", "champion", "2")
