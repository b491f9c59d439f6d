"""Which dataset a logged input is: MLflow knows a name, a digest and where it came from, but no namespace.

The one idea: a location is told as OpenLineage names it (collectors/locations.py), and the digest is the version that
was read. What has no location (a frame in memory, a table by its name alone) is a dataset of the tracking server, named
by its experiment, and a Finding says so: an operator joins it to the real one by an alias rule. Nothing is joined here
because it looks alike; that is suggested.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.findings import SUGGESTED, UNKNOWN_SOURCE, Finding
from collectors.locations import Name, name_of
from collectors.mlflow.answers import LoggedDataset

_LOCATIONS = ("uri", "path", "url")
_TABLES = ("delta_table_name", "table_name")
CONTENTS_MAX = 200_000  # digests of one visit: some 100 bytes each
_HUB = "https://huggingface.co"
_HINTS = ("table", "dataset", "dataset_uri", "openlineage.dataset", "source_table")
"""Keys of an input's tags that trainers use for the table behind a frame."""


@dataclass(frozen=True, slots=True)
class NamedInput:
    """An input as a dataset of the graph."""

    namespace: str
    name: str
    told: LoggedDataset
    located: bool
    """Its own source says where it is."""

    @property
    def key(self) -> Name:
        return self.namespace, self.name


def named(dataset: LoggedDataset, experiment: str, server: str) -> NamedInput:
    """`experiment`: the run's, by name; `server`: the tracking server's namespace."""
    found = _located(dataset)
    if found is not None:
        return NamedInput(*found, dataset, located=True)
    table = next((text for key in _TABLES if (text := _text(dataset, key))), "")
    name = f"tables/{table}" if table else f"datasets/{experiment}/{dataset.name}"
    return NamedInput(server, name, dataset, located=False)


def _located(dataset: LoggedDataset) -> Name | None:
    told = [text for key in _LOCATIONS if (text := _text(dataset, key))]
    if dataset.source_type == "hugging_face":
        return (_HUB, f"datasets/{told[0]}") if told else None
    if dataset.source_type == "uc_volume":
        return ("dbfs", told[0]) if told else None
    if dataset.source_type == "code":
        return None
    return next(filter(None, map(name_of, told)), None)


def _text(dataset: LoggedDataset, key: str) -> str:
    told = dataset.source.get(key)
    return told if isinstance(told, str) else ""


class SeenContents:
    """Where data of the same digest and columns lay that was met before, so that a frame without an address can be suggested one."""

    def __init__(self) -> None:
        self._places: dict[bytes, set[Name]] = defaultdict(set)

    def learn(self, inputs: Iterable[NamedInput]) -> None:
        for each in inputs:
            if each.located and each.told.digest and len(self._places) < CONTENTS_MAX:
                self._places[_content(each.told)].add(each.key)

    def only_place_of(self, dataset: LoggedDataset) -> Name | None:
        """The one place where the same content lay; None for none, or for several."""
        found = self._places.get(_content(dataset), set())
        return next(iter(found)) if len(found) == 1 else None


def findings_of(inputs: Iterable[NamedInput], place: str, seen: SeenContents) -> Iterator[Finding]:
    """What an operator should look at: inputs without a location, with what their tags and digests suggest. `place`: the run."""
    inputs = list(inputs)
    seen.learn(inputs)
    for each in inputs:
        shown = f"{each.namespace} {each.name}"
        if not each.located:
            yield Finding(
                place, UNKNOWN_SOURCE, each.told.name,
                "MLflow does not say where this dataset is. Say it once: `headwater alias add DATASET "
                f"'{shown}' 'NAMESPACE NAME' --reason …`.",
            )  # fmt: skip
            if (twin := seen.only_place_of(each.told)) is not None:
                yield Finding(
                    place,
                    SUGGESTED,
                    each.told.name,
                    f"it has the digest and the columns of {' '.join(twin)}: perhaps an alias of it",
                )
        for key in _HINTS:
            if hint := each.told.tags.get(key):
                yield Finding(
                    place,
                    SUGGESTED,
                    each.told.name,
                    f"its tag {key} says {hint}: if {shown} is a copy of that, state it or add an alias",
                )


def _content(dataset: LoggedDataset) -> bytes:
    told = f"{dataset.digest}\0{dataset.columns}\0{dataset.profile}"
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=12).digest()
