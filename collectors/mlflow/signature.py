"""A model's signature: which columns it takes. It is only in the MLmodel file.

The one idea: the file is YAML written by whoever trained, so it is read with the safe loader, which makes plain values
and nothing else.
"""

import json
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]  # its types are another package, for one call

from collectors.mlflow.answers import named_columns

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C, where it was built: ten times as fast."""
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model takes and gives; None: no columns with names are told."""

    inputs: Columns | None
    outputs: Columns | None
    flavors: tuple[str, ...]


NOTHING = Signature(None, None, ())


def signature_of(mlmodel: bytes | None) -> Signature:
    """What an MLmodel file says; NOTHING for what is none."""
    if mlmodel is None:
        return NOTHING
    try:
        told = yaml.load(mlmodel, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return NOTHING
    if not isinstance(told, dict):
        return NOTHING
    signature, flavors = told.get("signature"), told.get("flavors")
    halves = signature if isinstance(signature, dict) else {}
    return Signature(
        _columns(halves.get("inputs")),
        _columns(halves.get("outputs")),
        tuple(sorted(str(name) for name in flavors)) if isinstance(flavors, dict) else (),
    )


def _columns(text: Any) -> Columns | None:
    try:
        listed = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None
    return named_columns(listed) if isinstance(listed, list) else None
