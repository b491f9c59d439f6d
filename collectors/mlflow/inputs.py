"""Which dataset a logged input is: MLflow knows a name, a digest and where it came from, but no namespace.

The one idea: a location is told as OpenLineage names it (collectors/locations.py), and the digest is the version that
was read. What has no location (a frame in memory, a table by its name alone) is a dataset of the tracking server, named
by its experiment, and a Finding says so: an operator joins it to the real one by an alias rule. Nothing is joined here
because it looks alike; that is suggested.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.findings import SUGGESTED, UNKNOWN_SOURCE, Finding
from collectors.locations import Name, name_of
from collectors.mlflow.answers import LoggedDataset

_LOCATIONS = ("uri", "path", "url")
_TABLES = ("delta_table_name", "table_name")
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


def findings_of(inputs: Iterable[NamedInput], place: str) -> Iterator[Finding]:
    """What an operator should look at: inputs without a location, with what their tags and digests suggest. `place`: the run."""
    inputs = list(inputs)
    by_content: dict[tuple[str, str], set[Name]] = defaultdict(set)
    for each in inputs:
        if each.located:
            by_content[_content(each.told)].add(each.key)
    for each in inputs:
        shown = f"{each.namespace} {each.name}"
        if not each.located:
            yield Finding(
                place, UNKNOWN_SOURCE, each.told.name,
                "MLflow does not say where this dataset is. Say it once: `headwater alias add DATASET "
                f"'{shown}' 'NAMESPACE NAME' --reason …`.",
            )  # fmt: skip
            same = by_content.get(_content(each.told), set())
            if len(same) == 1:
                (twin,) = same
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


def _content(dataset: LoggedDataset) -> tuple[str, str]:
    return dataset.digest, repr(dataset.columns)
