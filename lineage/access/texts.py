"""What a principal reads of the values that facts carry: JSON in which hidden things may be named.

The one idea: a value is either of a kind that is known to name nothing else, or it is read only where nothing that it
could name is hidden. A label that is invented tomorrow is of the second kind.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from lineage.access.naming import names_in
from lineage.access.openness import Openness
from lineage.access.tags import is_in_column
from lineage.access.visibility import Visibility
from lineage.facts import EvidenceKind, Fact, NodeKind, Relation
from lineage.ids import NodeId
from lineage.moment import Moment
from lineage.query.completeness import PROPERTY_REASONS

OWN_LABELS: Final = frozenset({
    "owner", "description", "datasetType", "droppedAt", "jobType", "sourceCodeVersion", "sourceCode", "appName",
    "storage", "dataSource", "catalog", "hierarchy",
})  # fmt: skip
"""PROPERTY labels that speak of the subject alone. A description is its owner's own words, and shown as such."""
NAMING_LABELS: Final = frozenset({"version", "serving"})
"""Those that we write ourselves, and that name one thing: the model of a version, the job of a deployment. So they are
read where that is visible, whatever else their subject was ever joined with."""
TAG_LABELS: Final = frozenset({"tag", "tags"})
OWN_RUN_LABELS: Final = frozenset({"nominalTime", "processingEngine"})
"""The same among what is told about a run."""

_DIGITS: Final = re.compile(r"\d+")
_NOTHING: Final = "null"
_WORDLESS: Final = frozenset({"true", "false", _NOTHING})


class Texts:
    """The values of one principal's facts."""

    def __init__(self, visibility: Visibility, openness: Openness) -> None:
        self._visibility, self._openness = visibility, openness
        self._flows: dict[tuple[str, bool, bool], str] = {}

    def of_flow(self, value: str, evidence: EvidenceKind, *, silent: bool) -> str:
        """The value of a FEEDS or DERIVES fact; `silent`: a hidden job told it. Numbers in what a program says count
        inputs and outputs; a person's reason stays."""
        stated = evidence is EvidenceKind.STATED
        key = value, stated, silent
        if value and key not in self._flows:
            told = json.loads(value)
            kept = {k: v for k, v in told.items() if k in ("because", "sql")} if not silent else {}
            if not stated and isinstance(because := kept.get("because"), str):
                kept["because"] = _DIGITS.sub("several", because)
            if told.get("unresolved"):
                kept["unresolved"] = True
            self._flows[key] = value if kept == told else _written(kept) if kept else ""
        return self._flows[key] if value else ""

    def of_facts(self, facts: Sequence[Fact], at: Moment) -> list[str | None]:
        """The value of each fact; None: the whole fact is a text that is not to be read."""
        runs = [fact for fact in facts if fact.relation is Relation.RUN and fact.value]
        seen = self._seen_in(runs, at) if runs else frozenset()
        return [self._value(fact, at, seen) if fact.value else "" for fact in facts]

    def _value(self, fact: Fact, at: Moment, seen: frozenset[str]) -> str | None:
        match fact.relation:
            case Relation.PROPERTY:
                return self._property(fact)
            case Relation.RUN:
                return self._run(fact, seen)
            case Relation.VERSION:
                return self._version(fact, at)
            case Relation.FEEDS | Relation.DERIVES:
                silent = bool(fact.job) and not self._visibility.visible([NodeId(fact.job)], at)
                return self.of_flow(fact.value, fact.evidence, silent=silent)
            case _:
                return fact.value

    # ---- properties ------------------------------------------------------------------------------------------------

    def _property(self, fact: Fact) -> str | None:
        if fact.label in OWN_LABELS or fact.value in _WORDLESS:
            return fact.value
        if fact.label in TAG_LABELS:
            return self._tags(fact) if self._visibility.hides_tags else fact.value
        if fact.label in NAMING_LABELS:
            return fact.value if self._visibility.sees_names(set(names_in(json.loads(fact.value)))) else None
        if self._is_readable(fact.subject, fact.value):
            return fact.value
        return _NOTHING if fact.label in PROPERTY_REASONS else None

    def _is_readable(self, subject: NodeId, text: str) -> bool:
        return bool(self._openness.open([subject])) and self._visibility.sees_names(set(names_in(json.loads(text))))

    def _tags(self, fact: Fact) -> str:
        """Without the tags that name hidden columns."""
        told = json.loads(fact.value)
        tags = told.get("tags") if isinstance(told, dict) else told
        if not isinstance(tags, list):
            return fact.value
        fields = {str(tag["field"]) for tag in tags if isinstance(tag, dict) and tag.get("field")}
        if not fields:
            return fact.value
        hidden = self._hidden_columns(fact.subject, fields)
        kept = [tag for tag in tags if not (isinstance(tag, dict) and str(tag.get("field")) in hidden)]
        return _written({**told, "tags": kept} if isinstance(told, dict) else kept) if hidden else fact.value

    def _hidden_columns(self, dataset: NodeId, fields: set[str]) -> set[str]:
        """Those of the written column names that are no column which the principal sees."""
        columns = self._visibility.columns_of(dataset)
        seen = self._visibility.visible([column.id for column in columns], self._visibility.latest)
        shown = [column for column in columns if column.id in seen and column.kind is NodeKind.COLUMN]
        return {field for field in fields if not any(is_in_column(column, field) for column in shown)}

    # ---- runs and versions -----------------------------------------------------------------------------------------

    def _seen_in(self, runs: Sequence[Fact], at: Moment) -> frozenset[str]:
        """Of the datasets that runs name by their raw names' ids, those that the principal sees."""
        own: set[str] = set()
        for fact in runs:
            value = json.loads(fact.value)
            for told in (value.get("inputs"), value.get("outputs"), value.get("read")):
                own.update(item for item in told or () if isinstance(item, str))
        return frozenset(self._visibility.resolve([NodeId(item) for item in sorted(own)], at))

    def _run(self, fact: Fact, seen: frozenset[str]) -> str:
        told: dict[str, Any] = json.loads(fact.value)
        kept = dict(told)
        for key in ("inputs", "outputs"):
            if isinstance(listed := told.get(key), list):
                kept[key] = [item for item in listed if item in seen]
        if isinstance(read := told.get("read"), dict):
            kept["read"] = {item: version for item, version in read.items() if item in seen}
        if told.get("parent") is not None and not self._sees_all_names(told["parent"]):
            del kept["parent"]
        if isinstance(facets := told.get("facets"), dict):
            kept["facets"] = self._facets(NodeId(fact.object), facets)
        return fact.value if kept == told else _written(kept)

    def _sees_all_names(self, value: object) -> bool:
        pairs = set(names_in(value))
        return bool(pairs) and self._visibility.sees_names(pairs)

    def _facets(self, job: NodeId, facets: dict[str, Any]) -> dict[str, Any]:
        return {
            label: text
            for label, text in facets.items()
            if label in OWN_RUN_LABELS or (isinstance(text, str) and self._is_readable(job, text))
        }

    def _version(self, fact: Fact, at: Moment) -> str:
        """A version says which run of which job made it, by the ids of their raw names."""
        told = json.loads(fact.value)
        if not isinstance(told, dict):
            return fact.value
        made_by = [NodeId(told[key]) for key in ("run", "job") if isinstance(told.get(key), str)]
        if self._visibility.resolve(made_by, at).keys() == set(made_by):
            return fact.value
        return _written({key: value for key, value in told.items() if key not in ("run", "job")})


def _written(value: object) -> str:
    """Canonical, as every value of a fact."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
