"""A real feature repository, applied by real Feast, and what is read out of its registry."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.cli.delivery import Lines
from collectors.feast.collecting import FeastVisit
from collectors.feast.registry import read_registry
from collectors.feast.repository import read_repository
from collectors.findings import Finding
from collectors.visits import Visits
from tests.ml.environment import PROGRAMS, program
from tests.ml.world import World, dataset

pytestmark = pytest.mark.slow
NS = "rides"


def repository(folder: Path, kind: str = "file") -> Path:
    (folder / "data").mkdir(parents=True)
    shutil.copy(PROGRAMS / "rides" / "definitions.py", folder)
    program(folder, PROGRAMS / "rides_data.py", kind)
    program(folder, "feast", "apply")
    return folder


class Store:
    """Visits to one repository, into one graph."""

    def __init__(self, folder: Path, state: Path | None = None) -> None:
        self.folder, self.state, self.world = folder, state, World()
        self.events: list[dict[str, Any]] = []
        self.found: list[Finding] = []

    def visit(self) -> FeastVisit:
        told = read_repository(self.folder)
        visits = Visits.open(self.state, "feast")
        visit = FeastVisit(told, read_registry(told), told.project, visits, 1795500000_000_000)
        lines, self.events, self.found = Lines(), [], []
        for each in visit.events():
            if isinstance(each, Finding):
                self.found.append(each)
            else:
                self.events.append(json.loads(lines.line(each)))
        visits.keep()
        for event in self.events:
            self.world.take(event)
        return visit

    def behind(self, name: str, column: str | None = None) -> dict[str, str]:
        return self.world.upstream(dataset(name, column, NS))


@pytest.fixture(scope="module")
def rides(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(repository(tmp_path_factory.mktemp("rides") / "repo"))
    store.visit()
    return store


def parquet(store: Store) -> str:
    return str(store.folder / "data" / "trips.parquet")


def test_each_feature_comes_from_its_own_column(rides: Store) -> None:
    """Through a field mapping, from the file itself: Feast's paths are relative to the repository."""
    file = parquet(rides)
    assert rides.behind("driver_stats", "trips") == {f"{file}#trips": "CERTAIN", f"{file}#event_timestamp": "POSSIBLE",
                                                     f"{file}#created": "POSSIBLE"}  # fmt: skip
    assert rides.behind("driver_stats", "conversion")[f"{file}#conv"] == "CERTAIN"
    assert rides.behind("driver_stats", "driver_id")["driver#driver_id"] == "CERTAIN"


def test_no_view_has_another_views_sources(rides: Store) -> None:
    """One job for each view: what Feast's own events pair wrongly is not paired."""
    pairs = {
        (edge["name"], output["name"])
        for event in rides.events
        for output in event.get("outputs", ())
        for edge in event["inputs"]
        if output["namespace"] == NS and edge["namespace"] == NS
    }
    assert pairs == {
        ("trips", "trips_push"), ("trips", "driver_stats"), ("driver", "driver_stats"), ("trips_push", "driver_stats_fresh"),
        ("driver", "driver_stats_fresh"), ("driver_stats", "offer_features"), ("offer", "offer_features"),
        ("driver_stats", "busy_features"), ("driver_stats", "offer_v1"), ("offer_features", "offer_v1"),
        ("driver_stats", "offer_v2"), ("busy_features", "offer_v2"),
    }  # fmt: skip


def test_functions_are_read_and_never_run(rides: Store) -> None:
    """On-demand features in both modes; what cannot be followed is possible from anything that the view reads, and said."""
    file = parquet(rides)
    per_km = rides.behind("offer_features", "per_km")
    assert {f"{file}#conv", "offer#distance"} == {name for name, certainty in per_km.items() if certainty == "CERTAIN"}
    assert rides.behind("busy_features", "busy")[f"{file}#trips"] == "CERTAIN"
    assert [(found.reason, found.subject) for found in rides.found] == [("OPAQUE", "opaque")]
    assert rides.world.impact(dataset("offer", "city", NS))["offer_features#opaque"] == "POSSIBLE"
    assert "offer_features#per_km" not in rides.world.impact(dataset("offer", "city", NS))


def test_a_service_has_what_it_was_given(rides: Store) -> None:
    """A part of one view and a part of another."""
    shown = rides.world.questions.dataset(NS, "offer_v1")
    assert [column.node.column for column in shown.columns] == ["conversion", "per_km"]
    assert shown.dataset_type == "FEATURE_SERVICE" and [owner.name for owner in shown.owners] == ["ml@example.org"]
    assert rides.world.impact(dataset(parquet(rides), "conv", "file"))["offer_v1#per_km"] == "CERTAIN"


def test_views_have_types_owners_tags_and_documentation(rides: Store) -> None:
    """What people wrote into the definitions."""
    shown = rides.world.questions.dataset(NS, "driver_stats")
    assert (shown.dataset_type, [tag.key for tag in shown.tags]) == ("FEATURE_VIEW", ["team"])
    assert [(c.node.column, c.type) for c in shown.columns] == [
        ("driver_id", "Int64"),
        ("conversion", "Float32"),
        ("trips", "Int64"),
    ]
    ((feature, _, _),) = rides.world.history_of(dataset("driver_stats", None, NS), "feature")
    assert feature["ttlS"] == 172_800 and feature["entities"] == ["driver"]


def test_what_was_materialised_is_a_run(rides: Store) -> None:
    """The online store holds the view's data, up to a time."""
    program(
        rides.folder, "feast", "materialize", "2026-10-31T00:00:00", "2026-11-01T00:00:00", "--views", "driver_stats"
    )
    rides.visit()
    assert "online_store_driver_stats#trips" in rides.world.impact(dataset(parquet(rides), "trips", "file"))
    (told,) = [event for event in rides.events if event.get("job", {}).get("name") == "materialize.driver_stats"]
    assert told["run"]["facets"]["nominalTime"]["nominalEndTime"].startswith("2026-11-01T00:00:00")


def test_a_renamed_feature_has_a_past(tmp_path: Path) -> None:
    """The registry keeps the definition before: each is a run at its own time, and the view's schema changes with it."""
    folder = repository(tmp_path / "repo")
    text = (folder / "definitions.py").read_text()
    (folder / "definitions.py").write_text(text.replace("conversion", "conversion_rate"))
    program(folder, "feast", "apply")
    store = Store(folder, tmp_path / "state")
    store.visit()
    columns = {c.node.column for c in store.world.questions.dataset(NS, "driver_stats").columns}
    assert "conversion_rate" in columns
    defined = [e for e in store.events if e.get("job", {}).get("name") == "feature_view.driver_stats"]
    fields = [[f["name"] for f in e["outputs"][0]["facets"]["schema"]["fields"]] for e in defined]
    assert fields == [["driver_id", "conversion", "trips"], ["driver_id", "conversion_rate", "trips"]]
    changes = store.world.questions.schema_changes(0)
    assert {"conversion", "conversion_rate"} <= {edge.node.column for edge in changes.edges}


def test_a_second_visit_tells_what_changed(tmp_path: Path) -> None:
    """Nothing for nothing; a view that is gone is dropped."""
    folder = repository(tmp_path / "repo")
    store = Store(folder, tmp_path / "state")
    store.visit()
    before = store.world.projection.lines(history=True)
    store.visit()
    assert store.events == [] and store.world.projection.lines(history=True) == before
    text = (folder / "definitions.py").read_text()
    (folder / "definitions.py").write_text(text[: text.index("offer_v2")])
    program(folder, "feast", "apply")
    store.visit()
    assert store.world.questions.dataset(NS, "offer_v2").dropped_at_us == 1795500000_000_000


def test_a_registry_in_a_database_says_the_same(tmp_path: Path, rides: Store) -> None:
    """SQL registries hold the same messages in rows."""
    store = Store(repository(tmp_path / "repo", "sql"))
    store.visit()

    def jobs(of: Store) -> dict[str, Any]:
        return {
            e["job"]["name"]: [i["name"] for i in e["inputs"] if i["namespace"] == NS]
            for e in of.events
            if "job" in e and not e["job"]["name"].startswith("materialize")
        }

    assert jobs(store) == jobs(rides)
    assert [(f.reason, f.subject) for f in store.found] == [("OPAQUE", "opaque")]
