"""A second company's pipeline, asked as a user would: right in order of time, and the same graph out of order and doubled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.orchard import DB, FEAST, LAKE, TOPICS, WAREHOUSE, events
from tests.e2e.service import Running, running

CATALOGUE = f"{LAKE}/warehouse"

# target -> all of its sources, each CERTAIN
UPSTREAM = {
    (LAKE, "raw/pickers"): {"erp.public.pickers"},
    (LAKE, f"{WAREHOUSE}/harvest"): {"drop/harvest"},
    (CATALOGUE, "silver.harvest.branch_audit"): {"drop/corrections.csv"},
    (LAKE, "raw/prices"): {"drop/prices.json"},
    (LAKE, f"{WAREHOUSE}/crew"): {f"{WAREHOUSE}/harvest", "raw/pickers"},
    (LAKE, f"{WAREHOUSE}/crews"): {f"{WAREHOUSE}/crew"},
    (LAKE, "gold/farm_features"): {f"{WAREHOUSE}/crews"},
    (LAKE, "gold/forecast"): {"gold/farm_features"},
    (LAKE, "models/yield/v3"): set(),
    (LAKE, f"{WAREHOUSE}/weights"): {"weigh"},
    (DB, "erp.public.totals"): {"erp.public.orders"},
    (DB, "erp.mart.sorts"): {"erp.public.totals"},
    (TOPICS, "orders.rich"): {"orders"},
    (FEAST, "online_store_farm_view"): {"farm_view"},
}
COLUMNS = {
    (LAKE, "raw/pickers", "id"): {"erp.public.pickers#id"},
    (LAKE, f"{WAREHOUSE}/harvest", "weight_kg"): {"drop/harvest#kg"},
    (LAKE, f"{WAREHOUSE}/crew", "kg"): {f"{WAREHOUSE}/harvest#weight_kg"},
    (LAKE, "gold/farm_features", "kg_7d"): {f"{WAREHOUSE}/crews#kg"},
    (LAKE, "gold/forecast", "kg_next"): {"gold/farm_features#kg_7d"},
    (LAKE, f"{WAREHOUSE}/weights", "kg"): {"weigh#g"},
}
ONE = {
    (LAKE, f"{WAREHOUSE}/harvest"): [(CATALOGUE, "silver.harvest")],
    (LAKE, "drop/harvest"): [(LAKE, "drop/harvest/day=2026-10-01/part-00000.csv")],
    (LAKE, "weigh"): [(LAKE, "weigh/w0.json"), (LAKE, "weigh/w3.json")],
    (LAKE, "models/yield/v3"): [
        (LAKE, "models/yield/v3/metadata"),
        (LAKE, "models/yield/v3/stages/1_LinearRegression_77ab9f3be21c/data"),
    ],
    (LAKE, "raw/prices"): [(LAKE, "/raw/prices/")],
    (DB, "erp.mart.sorts"): [(DB, '"erp"."mart"."sorts"')],
}
UNCONFIRMED = [
    (LAKE, f"{WAREHOUSE}/ruined"),
    (DB, "erp.public.totals_lost"),
    (DB, "erp.public.orders_typo"),
    (DB, "erp.mart.broken"),
    (TOPICS, "orders.stillborn"),
]
NOTHING = [(LAKE, "drop"), (DB, "erp.mart_dbt_test__audit.not_null_sorts_kg")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("orchard")


@pytest.fixture(scope="module")
def orchard(folder: Path) -> Iterator[Running]:
    """All events, in order of time."""
    with running(folder / "ordered") as service:
        service.post(events())
        service.projected()
        yield service


def test_every_table_has_its_sources_and_no_others(orchard: Running) -> None:
    """Sources are certain, complete, and none is made up."""
    found = {target: orchard.lineage(*target)["edges"] for target in UPSTREAM}
    assert {t: {e["source"] for e in edges} for t, edges in found.items()} == UPSTREAM
    assert {e["certainty"] for edges in found.values() for e in edges} == {"CERTAIN"}


def test_every_column_has_its_sources_and_no_others(orchard: Running) -> None:
    """Through files of partitions, wrappers and micro-batches."""
    found = {(s, n, c): orchard.lineage(s, n, column=c)["edges"] for s, n, c in COLUMNS}
    values = {t: {e["source"] for e in edges if e["flow"] == "VALUE"} for t, edges in found.items()}
    assert values == COLUMNS


def test_a_masked_column_says_so(orchard: Running) -> None:
    """The mail address of a picker goes on as a hash."""
    (edge,) = orchard.lineage(DB, "erp.public.pickers", "DOWNSTREAM", column="email")["edges"]
    assert (edge["target"], edge["masking"]) == ("raw/pickers#email_hash", True)


def test_spellings_that_are_one_thing(orchard: Running) -> None:
    """Symlinks, files of a folder, stages of a model, slashes and quotes."""
    for place, others in ONE.items():
        found = [orchard.dataset(*spelling) for spelling in (place, *others)]
        assert all(found) and len({f["id"] for f in found if f}) == 1, (place, found)


def test_metadata_tables_and_branches_are_not_their_table(orchard: Running) -> None:
    """Though they come under its path."""
    table = orchard.dataset(LAKE, f"{WAREHOUSE}/harvest")
    for name in ("silver.harvest.snapshots", "silver.harvest.branch_audit"):
        part = orchard.dataset(CATALOGUE, name)
        assert table and part and table["id"] != part["id"]


def test_what_only_failed_runs_name_is_unconfirmed_and_has_no_lineage(orchard: Running) -> None:
    """A wrapper's COMPLETE and a retry that went well do not change that."""
    for place in UNCONFIRMED:
        told = orchard.dataset(*place, "confirmed")
        assert told == {"confirmed": False}, place
        answer = orchard.lineage(*place, "BOTH")
        assert answer["edges"] == [] and [r["code"] for r in answer["completeness"]["reasons"]] == ["ATTEMPTED"], place


def test_what_counted_runs_wrote_is_confirmed(orchard: Running) -> None:
    """Whatever of its names the run used."""
    for place in UPSTREAM:
        assert orchard.dataset(*place, "confirmed") == {"confirmed": True}, place


def test_what_is_no_dataset_is_not_found(orchard: Running) -> None:
    """A directory above datasets, and the output of a test."""
    assert [orchard.dataset(*place) for place in NOTHING] == [None, None]


def test_columns_that_a_facet_made_up_are_not_there(orchard: Running) -> None:
    """The SELECT's aliases are not the table's columns, and a slash at the end hides none."""
    told = orchard.dataset(DB, "erp.public.totals", "columns{column}")
    assert told and {c["column"] for c in told["columns"]} == {"sort", "kg"}
    told = orchard.dataset(LAKE, "raw/prices", "columns{column}")
    assert told and {c["column"] for c in told["columns"]} == {"sort", "eur"}


def test_pairs_of_one_job_for_everything_are_only_possible(orchard: Running) -> None:
    """Feast names three sources and two views in one run."""
    edges = orchard.lineage(FEAST, "farm_view")["edges"]
    assert {e["certainty"] for e in edges} == {"POSSIBLE"} and len(edges) == 3


def test_a_dropped_table_was_there_before(orchard: Running) -> None:
    """Now nothing leads to it; while it lived, its source did."""
    told = orchard.dataset(LAKE, f"{WAREHOUSE}/scratch", "droppedAt")
    assert told and told["droppedAt"]
    assert orchard.lineage(LAKE, f"{WAREHOUSE}/scratch", "BOTH")["edges"] == []
    # made in seconds 9 and 10 of the run, dropped in second 15
    before = orchard.lineage(LAKE, f"{WAREHOUSE}/scratch", at={"validAt": "2026-10-05T02:00:13Z"})
    assert {e["source"] for e in before["edges"]} == {"raw/pickers"}


def test_provenance_goes_through_a_rename(orchard: Running) -> None:
    """The new name's data came from where the old one's did."""
    answer = orchard.lineage(LAKE, "gold/forecast", depth=None)
    assert {e["source"] for e in answer["edges"]} >= {"erp.public.pickers", "drop/harvest", f"{WAREHOUSE}/crew"}
    down = orchard.lineage(LAKE, "drop/harvest", "DOWNSTREAM", depth=None)
    assert "gold/forecast" in {e["target"] for e in down["edges"]}


def test_technical_jobs_are_shown_as_what_a_person_would_name(orchard: Running) -> None:
    """Applications, tasks and models; dbt's three names for one model are one job."""
    found = orchard.ask('{search(query:"or",kinds:[JOB],first:100){edges{node{... on Job{namespace name}}}}}')
    names = {e["node"]["name"] for e in found["search"]["edges"]}
    assert not any(".append_data" in n or ".query." in n or ".sql." in n or "regression" in n for n in names), names
    job = 'query($n:String!){job(namespace:"orchard-dbt",name:$n){id}}'
    three = ("erp.mart.orchard.sorts", "erp.mart.orchard.sorts.build.run", "model.orchard.sorts")
    assert len({orchard.ask(job, n=name)["job"]["id"] for name in three}) == 1


def test_order_and_duplicates_make_the_same_graph(orchard: Running, folder: Path) -> None:
    """Everything twice, shuffled, in a service of its own."""
    shuffled = [*events(), *events()]
    random.Random(7).shuffle(shuffled)
    with running(folder / "shuffled") as other:
        other.post(shuffled)
        other.projected()
        assert other.digest() == orchard.digest()
