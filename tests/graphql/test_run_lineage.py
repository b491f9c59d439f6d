"""Run-true lineage over GraphQL: the answer's parts refer to each other."""

from __future__ import annotations

from pathlib import Path

from tests.graphql.service import endpoint

WORLD = """
job:train reads in
run:r1 of train
version:v1 of features
in -> features by train
"""
ASKED = """query($id: ID!){ runLineage(of: {id: $id}, direction: BOTH) {
  root versions { key dataset { name } version at distance } runs { id runId state startedAt job { name } }
  reads { run version how } writes { run version } completeness { status } } }"""


def test_a_run_is_told_with_what_it_read(tmp_path: Path) -> None:
    """Keys and ids of reads are those of the versions and runs of the same answer."""
    with endpoint(tmp_path, WORLD) as served:
        run = served.ask('{ run(namespace: "n", job: "train", runId: "r1") { id } }')["run"]["id"]
        answer = served.ask(ASKED, id=run)["runLineage"]
        (step,) = answer["runs"]
        (read,) = answer["reads"]
        assert (step["id"], step["runId"], step["job"]["name"], step["state"]) == (run, "r1", "train", "COMPLETE")
        assert read["run"] == run
        assert [each["dataset"]["name"] for each in answer["versions"] if each["key"] == read["version"]] == ["in"]
        assert read["how"] == "NEVER_WRITTEN"
        job = served.ask('{ job(namespace: "n", name: "train") { id } }')["job"]["id"]
        assert served.refused(ASKED, id=job)["code"] == "BAD_INPUT"
