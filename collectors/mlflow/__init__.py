"""A tracking server of MLflow as OpenLineage events: `headwater collect mlflow`, and its webhook.

The way of an answer: the REST interface (server.py) → what it says, typed (answers.py) → names (inputs.py, features.py,
signature.py) → events of training runs (training.py) and of the registry (registry.py). Nothing of MLflow is imported,
and no model is loaded.
"""
