"""What MLflow's REST interface answers, read without trust: one frozen value for each kind of thing.

The one idea: everything may be missing, and lists may hold anything; what is not of the expected shape reads as
nothing. Times are milliseconds since the epoch, as MLflow has them; tags are pairs, as a key may come once only.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Experiment:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LoggedDataset:
    """An input that the trainer logged."""

    name: str
    digest: str
    source_type: str
    source: Mapping[str, Any]
    columns: tuple[tuple[str, str], ...] | None
    """(name, type) in order; None: no schema with names."""
    profile: str
    context: str
    """training, evaluation, validation … as logged; "" when not told."""
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    key: str
    value: float
    step: int


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run, ended or not."""

    id: str
    experiment: str
    name: str
    user: str
    status: str
    started_ms: int
    ended_ms: int | None
    artifacts: str
    metrics: tuple[Metric, ...]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    datasets: tuple[LoggedDataset, ...]
    models_read: tuple[str, ...]
    """Ids of logged models that it evaluated or used."""
    models_made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model that a run logged, registered or not."""

    id: str
    experiment: str
    name: str
    run: str
    kind: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a registered model."""

    model: str
    number: str
    created_ms: int
    stage: str
    description: str
    source: str
    run: str
    status: str
    tags: Mapping[str, str]

    @property
    def logged_model(self) -> str:
        """The id of the logged model that it was made from; "" for versions that were registered from a path."""
        return self.source.removeprefix("models:/") if self.source.startswith("models:/m-") else ""


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    name: str
    description: str
    aliases: tuple[tuple[str, str], ...]
    """(alias, version)"""
    tags: Mapping[str, str]


def experiment(told: Json) -> Experiment:
    return Experiment(_text(told, "experiment_id"), _text(told, "name"))


def run(told: Json) -> TrackedRun:
    info, data = _object(told, "info"), _object(told, "data")
    inputs, outputs = _object(told, "inputs"), _object(told, "outputs")
    tags = _pairs(data.get("tags"))
    return TrackedRun(
        id=_text(info, "run_id") or _text(info, "run_uuid"),
        experiment=_text(info, "experiment_id"),
        name=_text(info, "run_name") or tags.get("mlflow.runName", ""),
        user=_text(info, "user_id") or tags.get("mlflow.user", ""),
        status=_text(info, "status"),
        started_ms=_number(info, "start_time") or 0,
        ended_ms=_number(info, "end_time"),
        artifacts=_text(info, "artifact_uri"),
        metrics=tuple(m for each in _objects(data.get("metrics")) if (m := _metric(each)) is not None),
        parameters=_pairs(data.get("params")),
        tags=tags,
        datasets=tuple(logged_dataset(each) for each in _objects(inputs.get("dataset_inputs"))),
        models_read=_ids(inputs.get("model_inputs")),
        models_made=_ids(outputs.get("model_outputs")),
    )


def logged_dataset(told: Json) -> LoggedDataset:
    data, tags = _object(told, "dataset"), _pairs(told.get("tags"))
    return LoggedDataset(
        name=_text(data, "name"),
        digest=_text(data, "digest"),
        source_type=_text(data, "source_type"),
        source=_inner(data.get("source")),
        columns=columns(_inner(data.get("schema"))),
        profile=_text(data, "profile"),
        context=tags.get("mlflow.data.context", ""),
        tags={key: value for key, value in tags.items() if key != "mlflow.data.context"},
    )


def columns(schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """The named columns of a dataset's schema or of one half of it; tensors have no names."""
    listed = schema.get("mlflow_colspec")
    if isinstance(listed, dict):  # features and targets apart
        listed = [each for part in listed.values() if isinstance(part, list) for each in part]
    return named_columns(listed)


def named_columns(listed: object) -> tuple[tuple[str, str], ...] | None:
    """`[{"name": …, "type": …}]`; None where one has no name or there are none."""
    found = _objects(listed)
    names = [_text(each, "name") for each in found]
    if not found or not all(names):
        return None
    return tuple(dict.fromkeys((name, _text(each, "type")) for name, each in zip(names, found, strict=True)))


def logged_model(told: Json) -> LoggedModel:
    info = _object(told, "info")
    return LoggedModel(
        id=_text(info, "model_id"),
        experiment=_text(info, "experiment_id"),
        name=_text(info, "name"),
        run=_text(info, "source_run_id"),
        kind=_text(info, "model_type"),
        tags=_pairs(info.get("tags")),
    )


def version(told: Json) -> Version:
    return Version(
        model=_text(told, "name"),
        number=_text(told, "version"),
        created_ms=_number(told, "creation_timestamp") or 0,
        stage=_text(told, "current_stage"),
        description=_text(told, "description"),
        source=_text(told, "source"),
        run=_text(told, "run_id"),
        status=_text(told, "status"),
        tags=_pairs(told.get("tags")),
    )


def registered_model(told: Json) -> RegisteredModel:
    aliases = ((_text(each, "alias"), _text(each, "version")) for each in _objects(told.get("aliases")))
    return RegisteredModel(
        name=_text(told, "name"),
        description=_text(told, "description"),
        aliases=tuple(sorted((alias, number) for alias, number in aliases if alias and number)),
        tags=_pairs(told.get("tags")),
    )


def versions_named(model: LoggedModel) -> set[tuple[str, str]]:
    """(model, version) of every version that was ever registered from a logged model, deleted ones included. MLflow lists each twice, once
    with a number and once with a text."""
    try:
        listed = json.loads(model.tags.get("mlflow.modelVersions", "[]"))
    except ValueError:
        return set()
    return {(_text(each, "name"), _text(each, "version")) for each in _objects(listed)}


def _metric(told: Json) -> Metric | None:
    value = told.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return Metric(_text(told, "key"), float(value), _number(told, "step") or 0)


def _ids(listed: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for each in _objects(listed) if (found := _text(each, "model_id"))))


def _pairs(listed: object) -> dict[str, str]:
    return {_text(each, "key"): _text(each, "value") for each in _objects(listed)}


def _inner(text: object) -> Json:
    """JSON in a JSON string, as MLflow keeps sources and schemas."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _object(told: Mapping[str, Any], key: str) -> Json:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _objects(listed: object) -> list[Json]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, Iterable) else []


def _text(told: Mapping[str, Any], key: str) -> str:
    found = told.get(key)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def _number(told: Mapping[str, Any], key: str) -> int | None:
    found = told.get(key)
    if isinstance(found, str) and found.isdigit():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
