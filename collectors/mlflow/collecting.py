"""One visit to a tracking server: what is new since the last, as events and findings.

The one idea: the registry is read whole, as nothing in it says when it changed, and runs from where the last visit
ended. A version that was not seen before brings its run along, however old that is. Everything may be told twice
without harm.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from openlineage.client.event_v2 import DatasetEvent, RunEvent

from collectors.findings import DELETED, NO_SIGNATURE, UNREADABLE, Finding
from collectors.mlflow import registry
from collectors.mlflow.answers import LoggedModel, TrackedRun, Version, versions_named
from collectors.mlflow.features import ARTIFACT, Retrieved, retrieved
from collectors.mlflow.inputs import SeenContents, findings_of, named
from collectors.mlflow.server import MlflowServer
from collectors.mlflow.signature import NOTHING, Signature, signature_of
from collectors.mlflow.training import Made, Training, training_events
from collectors.visits import Visits
from lineage.errors import StoreError

OVERLAP_MS = (
    3_600_000  # runs carry their clients' clocks: one that ended a little before the last visit may have come after it
)
_CURSOR = " runs told up to"
LISTS = frozenset({"experiments/search", "registered-models/search", "model-versions/search"})
"""Some servers lack one of them; one without any is no MLflow."""
REGISTERED = "registered"
"""The group of what a visit saw, beside what it remembers."""

Told = RunEvent | DatasetEvent | Finding


@dataclass(slots=True)
class MlflowVisit:
    """Collects once; the counts are for the last line of the command."""

    server: MlflowServer
    namespace: str
    visits: Visits
    now_us: int
    since_ms: int | None = None
    """Runs that ended since then, instead of since the last visit."""
    runs: int = 0
    versions: int = 0
    unchanged: int = 0
    _signatures: dict[tuple[str, str], Signature] = field(default_factory=dict)
    _contents: SeenContents = field(default_factory=SeenContents)

    def events(self) -> Iterator[Told]:
        """Everything that there is to tell. Reads while it is iterated."""
        experiments = {each.id: each.name for each in self.server.experiments()}
        models = [model for model in self.server.registered_models() if not _is_prompt(model.tags)]
        versions = [version for version in self.server.versions() if not _is_prompt(version.tags)]
        logged = {each.id: each for each in self.server.logged_models(list(experiments))}
        made = _Made(versions, logged)
        new = [v for v in versions if not self.visits.seen(self.namespace, _own(v.model, v.number))]
        told: set[str] = set()
        for run in self._runs(list(experiments)):
            told.add(run.id)
            yield from self._run(run, experiments, made)
        for wanted in dict.fromkeys(id_ for v in new if (id_ := made.run_of(v)) and id_ not in told):
            found = self.server.run(wanted)
            if found is not None:
                yield from self._run(found, experiments, made)
            else:
                yield Finding(wanted, DELETED, "run", "A version was made by this run, and the server has it no more.")
        for version in versions:
            yield from self._version(version, made)
        listed = defaultdict(list)
        for version in versions:
            listed[version.model].append(version)
        for model in models:
            facets = registry.model_facets(model, listed.get(model.name, ()))
            if self.visits.changed(self.namespace, model.name, REGISTERED, facets):
                yield registry.registry_event(self.namespace, model.name, facets, self.now_us)
            else:
                self.unchanged += 1
        yield from self._gone(made)
        if self.server.gaps.keys() >= LISTS:
            raise StoreError(f"{self.server.url} has none of MLflow's lists. Check the address.", retryable=False)
        for path, why in self.server.gaps.items():
            yield Finding(path, UNREADABLE, "list", f"{why}; what it would tell stays unknown.")

    # Runs

    def _runs(self, experiments: list[str]) -> Iterator[TrackedRun]:
        """Runs that ended since the last visit, and those that have not ended."""
        known = self.visits.remembered(self.namespace, _CURSOR)
        since = self.since_ms if self.since_ms is not None else int(known) - OVERLAP_MS if known.isdigit() else None
        told: dict[str, str] = {}
        last = int(known) if known.isdigit() else 0
        filters = (
            [""]
            if since is None
            else [f"attributes.end_time >= {since}", *(f"attributes.status = '{s}'" for s in _OPEN)]
        )
        for filter_ in filters:
            for run in self.server.runs(experiments, filter_):
                if not run.id or told.get(run.id) == run.status:
                    continue
                told[run.id] = run.status
                last = max(last, run.ended_ms or 0)
                yield run
        if last:
            self.visits.remember(self.namespace, _CURSOR, str(last))

    def _run(self, run: TrackedRun, experiments: dict[str, str], made: "_Made") -> Iterator[Told]:
        experiment = experiments.get(run.experiment) or f"experiment {run.experiment}"
        place = f"{self.namespace} run {run.id}"
        inputs = tuple(named(each, experiment, self.namespace) for each in run.datasets)
        outputs = []
        for version in made.by_run.get(run.id, ()):
            signature = self._signature(version)
            outputs.append(Made(version.model, version.number, version.logged_model, signature))
        for model in made.unregistered(run):
            outputs.append(
                Made(f"{experiment}/{model.name or 'model'}", model.id, model.id, self._signature_of(model.id))
            )
        self.runs += 1
        yield from findings_of(inputs, place, self._contents)
        features = self._features(run, made)
        for each in outputs:
            if each.signature.inputs is None and features is None:
                yield Finding(
                    place, NO_SIGNATURE, _own(each.model, each.version),
                    "The model does not say which columns it takes. Log it with a signature or an input example.",
                )  # fmt: skip
        read = tuple(dict.fromkeys(model for id_ in run.models_read for model in made.names(id_, experiments)))
        yield from training_events(Training(run, experiment, self.namespace, inputs, read, features, tuple(outputs)))

    def _features(self, run: TrackedRun, made: "_Made") -> Retrieved | None:
        if "feast.project" not in run.tags:
            return None
        found = retrieved(run.tags, self.server.run_file(run.id, ARTIFACT))
        service = next((s for v in made.by_run.get(run.id, ()) if (s := v.tags.get("feast.feature_service", ""))), "")
        if found is None or not service:
            return found
        return Retrieved(found.project, service, found.refs, found.of_training)

    # The registry

    def _version(self, version: Version, made: "_Made") -> Iterator[DatasetEvent]:
        self.versions += 1
        logged = made.logged.get(version.logged_model)
        known = self.visits.seen(self.namespace, _own(version.model, version.number))
        signature = self._signature(version)
        if not known:
            facets = registry.made_facets(version, signature, logged)
            yield registry.registry_event(
                self.namespace, version.model, facets, version.created_ms * 1_000 or self.now_us
            )
        facets = registry.told_facets(version, signature, logged)
        if self.visits.changed(self.namespace, _own(version.model, version.number), REGISTERED, facets):
            yield registry.registry_event(self.namespace, version.model, facets, self.now_us)
        else:
            self.unchanged += 1

    def _gone(self, made: "_Made") -> Iterator[Told]:
        there = {_own(v.model, v.number) for v in made.versions}
        if self.server.gaps.keys() & {"model-versions/search", "registered-models/search"}:
            return  # what was not listed is not gone
        for name in self.visits.gone(self.namespace, "", lambda group: group == REGISTERED):
            model, _, number = name.rpartition("@")
            if number.isdigit() and model:
                yield registry.registry_event(self.namespace, model, registry.dropped_facets(number), self.now_us)
            else:
                yield registry.registry_event(self.namespace, name, registry.unserved_facets(), self.now_us)
        for logged in made.logged.values():
            for model, number in sorted(versions_named(logged)):
                if _own(model, number) not in there:
                    yield Finding(
                        f"{self.namespace} logged model {logged.id}", DELETED, _own(model, number),
                        "This version is in no registry any more; only the logged model that it was made from names it.",
                    )  # fmt: skip

    def _signature(self, version: Version) -> Signature:
        if version.logged_model:
            return self._signature_of(version.logged_model)
        key = version.model, version.number
        if key not in self._signatures:
            self._signatures[key] = signature_of(self.server.version_file(version))
        return self._signatures[key]

    def _signature_of(self, logged: str) -> Signature:
        if (logged, "") not in self._signatures:
            self._signatures[logged, ""] = signature_of(self.server.model_file(logged)) if logged else NOTHING
        return self._signatures[logged, ""]


class _Made:
    """Which run made which models, and how each is called."""

    def __init__(self, versions: Iterable[Version], logged: dict[str, LoggedModel]) -> None:
        self.versions = list(versions)
        self.logged = logged
        self.by_run: dict[str, list[Version]] = defaultdict(list)
        self._registered: dict[str, list[Version]] = defaultdict(list)
        for version in self.versions:
            self._registered[version.logged_model].append(version)
            if run := self.run_of(version):
                self.by_run[run].append(version)

    def run_of(self, version: Version) -> str:
        """The run that made a version: as it says, else as its logged model does."""
        made = self.logged.get(version.logged_model)
        return version.run or (made.run if made is not None else "")

    def unregistered(self, run: TrackedRun) -> list[LoggedModel]:
        """The models that a run logged and nobody registered."""
        found = (self.logged.get(id_) for id_ in run.models_made)
        return [model for model in found if model is not None and not self._registered.get(model.id)]

    def names(self, logged: str, experiments: dict[str, str]) -> list[tuple[str, str]]:
        """How a logged model is called: its registered versions, else its own name."""
        versions = self._registered.get(logged, [])
        if versions:
            return [(version.model, version.number) for version in versions]
        model = self.logged.get(logged)
        if model is None:
            return []
        experiment = experiments.get(model.experiment) or f"experiment {model.experiment}"
        return [(f"{experiment}/{model.name or 'model'}", model.id)]


_OPEN = ("RUNNING", "SCHEDULED")


def _is_prompt(tags: Mapping[str, str]) -> bool:
    """MLflow keeps prompts in the registry, too: texts, which no data was trained into."""
    return tags.get("mlflow.prompt.is_prompt", "").lower() == "true"


def _own(model: str, number: str) -> str:
    return f"{model}@{number}"
