"""A feature store of Feast as OpenLineage events: `headwater collect feast`.

The way of a definition: feature_store.yaml (repository.py) and the registry it names (registry.py, whose messages are in
messages.py) → what is defined, typed (definitions.py) → where data lies (places.py) and what code does to columns
(transformations.py) → events (events.py). Nothing of Feast is imported; nothing in a registry is unpickled or run.
"""
