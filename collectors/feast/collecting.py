"""One visit to a feature repository: everything that its registry defines, now and before.

The one idea: the registry is read whole and told whole; what the last visit told in the same words is left out. A view's
older definitions are told first, at their own times, so that its schema and its sources have a history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from openlineage.client.event_v2 import DatasetEvent, RunEvent

from collectors.feast import definitions, lineage
from collectors.feast.definitions import Entity, Source, View
from collectors.feast.events import (
    Defined,
    dropped_event,
    entity_event,
    materialized_event,
    run_event,
    service_told,
    source_told,
    view_told,
)
from collectors.feast.places import NO_DATA, NOWHERE, place_of
from collectors.feast.registry import parsed_view
from collectors.feast.repository import Repository
from collectors.findings import UNKNOWN_SOURCE, UNREADABLE, Finding
from collectors.sql import Reason
from collectors.visits import Visits
from lineage.errors import InputError

Told = RunEvent | DatasetEvent | Finding
_READERS = {
    "feature_view": definitions.feature_view,
    "stream_feature_view": definitions.stream_view,
    "on_demand_feature_view": definitions.on_demand_view,
    "label_view": definitions.label_view,
}
DEFINED = "defined"
"""The group of what a visit saw, beside what it remembers."""


def ours(listed: Iterable[Any], project: str) -> Iterator[Any]:
    """The messages of one project: a registry's file may hold several."""
    return (told for told in listed if getattr(told, "spec", told).project in ("", project))


@dataclass(slots=True)
class FeastVisit:
    """Collects once; the counts are for the last line of the command."""

    repository: Repository
    registry: Any
    namespace: str
    visits: Visits
    now_us: int
    views: int = 0
    services: int = 0
    unchanged: int = 0
    _sources: dict[str, Source] = field(default_factory=dict)

    def events(self) -> Iterator[Told]:
        """Everything that there is to tell."""
        project = self.repository.project
        entities = {e.name: e for told in ours(self.registry.entities, project) if (e := definitions.entity(told)).name}
        entities.pop(definitions.INTERNAL, None)
        views = [
            reader(told)
            for kind, reader in _READERS.items()
            for told in ours(getattr(self.registry, f"{kind}s"), project)
        ]
        sources = (definitions.source(told) for told in ours(self.registry.data_sources, project))
        self._sources = {source.name: source for source in sources if source.name}
        for view in views:
            for source in view.sources:
                for each in (source, source.batch):
                    if each is not None and each.name:
                        self._sources.setdefault(each.name, each)
        needed = lineage.needed_columns(views, entities)
        for entity in entities.values():
            yield from self._entity(entity)
        for source in self._sources.values():
            yield from self._source(source, list(needed.get(source.name, ())))
        yield from self._history(views, entities)
        for view in views:
            yield from self._view(view, entities)
        for told in ours(self.registry.feature_services, project):
            service = definitions.service(told)
            self.services += 1
            made, columns = lineage.made_service(service)
            yield from self._run(service_told(service, made, columns, self.namespace))
        for name in self.visits.gone(self.namespace, "", lambda group: group == DEFINED):
            yield dropped_event(name, self.namespace, self.now_us)

    def _entity(self, entity: Entity) -> Iterator[Told]:
        event = entity_event(entity, self.namespace, entity.updated_us or self.now_us)
        if self.visits.changed(self.namespace, entity.name, DEFINED, event.dataset.facets or {}):
            yield event
        else:
            self.unchanged += 1

    def _source(self, source: Source, columns: list[str]) -> Iterator[Told]:
        place = place_of(source, self.repository) if source.kind not in NO_DATA else NOWHERE
        if place == NOWHERE and source.kind not in NO_DATA:
            yield Finding(
                f"{self.repository.folder} source {source.name}", UNKNOWN_SOURCE, source.name,
                f"A {source.kind} does not say where its data lies, nor does the offline store. Say it once: `headwater alias add "
                f"DATASET '{self.namespace} {source.name}' 'NAMESPACE NAME' --reason …`.",
            )  # fmt: skip
        made = lineage.made_push(source, columns) if source.kind == "PushSource" else lineage.Made()
        yield from self._run(source_told(source, made, place, columns, self.namespace))

    def _view(self, view: View, entities: dict[str, Entity]) -> Iterator[Told]:
        self.views += 1
        made = lineage.made_view(view, entities)
        for feature in made.unresolved:
            yield Finding(
                f"{self.repository.folder} view {view.name}", Reason.OPAQUE.value, feature,
                "Its code cannot be followed to the columns that it is made of; any column that the view reads may be one.",
            )  # fmt: skip
        yield from self._run(view_told(view, made, self.namespace))
        for span in view.materialized:
            name = f"{view.name} {span[0]} {span[1]}"
            if not self.visits.seen(self.namespace, name):
                yield materialized_event(view, span, self.namespace)
            self.visits.remember(self.namespace, name, "told")

    def _run(self, told: Defined) -> Iterator[RunEvent]:
        at_us = told.at_us or self.now_us
        if self.visits.changed(self.namespace, told.name, DEFINED, told.facets | {"inputs": told.inputs}):
            yield run_event(replace(told, at_us=at_us), self.namespace)
        else:
            self.unchanged += 1

    def _history(self, views: list[View], entities: dict[str, Entity]) -> Iterator[Told]:
        """The definitions before those of now; a view that is gone has only these, and is gone."""
        now = {view.name: view for view in views}
        records = sorted(
            (
                r
                for r in self.registry.feature_view_version_history.records
                if r.project_id in ("", self.repository.project)
            ),
            key=lambda r: (r.feature_view_name, r.version_number),
        )
        for record in records:
            name = f"{record.feature_view_name} version {record.version_number}"
            self.visits.remember(self.namespace, name, "told")
            if self.visits.seen(self.namespace, name):
                continue
            try:
                view = _READERS.get(record.feature_view_type, definitions.feature_view)(
                    parsed_view(record.feature_view_proto, record.feature_view_type)
                )
            except InputError as error:
                yield Finding(f"{self.repository.folder} history", UNREADABLE, record.feature_view_name, error.message)
                continue
            told = view_told(view, lineage.made_view(view, entities), self.namespace)
            at_us = record.created_timestamp.seconds * 1_000_000 + record.created_timestamp.nanos // 1_000
            if view.name in now and at_us < now[view.name].updated_us:
                yield run_event(replace(told, at_us=at_us), self.namespace)
