"""Commands that ask a service: readable tables, JSON for programs, pictures, exit codes."""

from typing import Any

import pytest

from api.cli.arguments import parser
from api.cli.options import evidence
from api.cli.watching import at_once, told_by
from lineage.facts import EvidenceKind
from lineage.ledger import Ledger
from tests.cli.conftest import Run

CUSTOMERS = ("n", "customers")
EMAIL = ("n", "customers#email")


def test_search_finds_and_says_where(shop: Ledger, run: Run) -> None:
    """A table with kind, name and namespace; nothing found is fine, too."""
    found = run("search", "email")
    assert found.code == 0
    assert "customers#email" in found.out and "column" in found.out
    assert "Nothing has such a name" in run("search", "zebra").out
    assert run("search", "email", "--format", "json").json["edges"][0]["node"]["column"] == "email"


def test_show_tells_what_is_known_of_a_dataset_a_column_and_a_job(shop: Ledger, run: Run) -> None:
    """A name that is no dataset may be a job; columns and owners are there."""
    page = run("show", *CUSTOMERS).out
    assert "crm-team" in page and "bigint" in page and "ledger entries" in page
    assert "(column)" in run("show", *EMAIL).out
    assert "(job)" in run("show", "n check").out
    assert "features" in run("show", "--job", "n", "check").out


def test_lineage_reads_well_and_ends_with_its_completeness(shop: Ledger, run: Run) -> None:
    """Names with `#column`, certainty and evidence in words, the last line says how much of the truth it is."""
    told = run("lineage", *EMAIL, "--downstream")
    lines = told.out.splitlines()
    assert told.code == 0
    assert "→ features#email_hash" in told.out and "masked; observed" in told.out and "certain" in told.out
    assert lines[-1].startswith("Complete:")
    assert max(map(len, lines)) <= 100
    upstream = run("lineage", "n", "model#email_hash", "--upstream").out
    assert "← features#email_hash" in upstream


def test_a_node_is_written_in_three_ways(shop: Ledger, run: Run) -> None:
    """Two words, one in quotes, or an id."""
    as_words = run("lineage", *EMAIL, "--format", "json")
    quoted = run("lineage", " ".join(EMAIL), "--format", "json")
    by_id = run("lineage", as_words.json["roots"][0], "--format", "json")
    assert as_words.json == quoted.json == by_id.json


def test_what_is_not_there_is_wrong_usage_with_near_names(shop: Ledger, run: Run) -> None:
    """Exit 2, and the name that was meant."""
    ended = run("lineage", "n", "customer")
    assert ended.code == 2
    assert "customers" in ended.err and "Traceback" not in ended.err


def test_moments_travel_with_the_question(shop: Ledger, run: Run) -> None:
    """At an earlier size of the record the model was not known; a day and an age are times, nonsense is not."""
    early = run("lineage", *CUSTOMERS, "--downstream", "--known-index", "3", "--format", "json").json
    assert [node["name"] for node in early["nodes"]] == ["customers", "features"]
    assert run("search", "email", "--at", "2026-11-22").code == 0
    assert run("search", "email", "--at", "36h").code == 0
    wrong = run("search", "email", "--at", "yesterday")
    assert wrong.code == 2 and "--at" in wrong.err


def test_impact_ranks_and_names_owners(shop: Ledger, run: Run) -> None:
    """What breaks, how surely, and who answers for it."""
    told = run("impact", *EMAIL, "--change", "remove").out
    assert told.startswith("Reaches ") and "model#email_hash" in told and "for certain" in told


def test_provenance_lists_sources_with_their_way(shop: Ledger, run: Run) -> None:
    """From the source to what was asked about."""
    told = run("provenance", "n", "model#email_hash").out
    assert "customers#email" in told and "→ model#email_hash" in told


def test_paths_and_choke_points(shop: Ledger, run: Run) -> None:
    """The one way, and the node that it must go through."""
    told = run("paths", "n customers#email", "n model#email_hash").out
    assert "Every way goes through: features#email_hash" in told
    assert run("paths", "n customers#email").code == 2


def test_diff_shows_what_was_learned(shop: Ledger, run: Run) -> None:
    """`+` for what is new; without a first moment it is wrong usage."""
    told = run("diff", *CUSTOMERS, "--from-known-index", "3", "--direction", "downstream").out
    assert any(line.startswith("+") and "model" in line for line in told.splitlines())
    assert run("diff", *CUSTOMERS).code == 2
    same = run("diff", *CUSTOMERS, "--from-known-index", "10", "--known-index", "10").out
    assert same.startswith("Nothing differs.")


def test_drift_tells_the_change_its_reporter_and_what_is_downstream(shop: Ledger, run: Run) -> None:
    """The 2:34 a.m. question in one table."""
    told = run("drift", "--since", "1970-01-01T00:00:00Z").out
    assert "type int → bigint" in told and "by catalogue c" in told and "reaches" in told
    assert "No schema changed" in run("drift", "--since", "2026-01-01").out


def change(at: str, reporter: str, kind: str = "REMOVED") -> dict[str, Any]:
    """A change of one column as the service tells it."""
    return {"dataset": {"id": "hw:a"}, "column": "x", "kind": kind, "before": "int", "after": None, "at": at,
            "reporter": reporter}  # fmt: skip


def test_one_change_that_several_report_is_one_row() -> None:
    """Reporters within a minute are joined, each job once; the same again later is a change of its own."""
    first = change("2026-11-22T10:00:00Z", "writer:n outer")
    inner = change("2026-11-22T10:00:00.5Z", "writer:n outer")
    reader = change("2026-11-22T10:00:59Z", "reader:n train")
    other = change("2026-11-22T10:00:00Z", "writer:n outer", "ADDED")
    later = change("2026-11-22T12:00:00Z", "writer:n outer")
    groups = at_once([first, other, inner, reader, later])
    assert groups == [[first, inner, reader], [other], [later]]
    assert told_by(each["reporter"] for each in groups[0]) == "writer outer, reader train"


def test_attempted_edges_are_seen_when_asked_for(shop: Ledger, run: Run) -> None:
    """--attempted adds them to whatever evidence is asked for."""
    parse = parser().parse_args
    assert evidence(parse(["lineage", "n", "a"])) is None
    assert evidence(parse(["lineage", "n", "a", "--attempted"])) == [*EvidenceKind]
    assert evidence(parse(["lineage", "n", "a", "--evidence", "stated", "--attempted"])) == ["STATED", "ATTEMPTED"]
    assert run("lineage", *CUSTOMERS, "--attempted").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*EMAIL, "--change", "REMOVE"), 1),
        (("n", "model", "--change", "REMOVE"), 0),
        (("n", "orders", "--change", "REMOVE"), 0),
        (("n", "orders", "--change", "REMOVE", "--fail-on", "POSSIBLE"), 1),
    ],
)
def test_check_fails_for_what_breaks(shop: Ledger, run: Run, arguments: tuple[str, ...], code: int) -> None:
    """CI's exit status: certain effects fail, possible ones when asked for."""
    ended = run("check", *arguments)
    assert ended.code == code, ended.out
    assert ("FAILED" in ended.out) == bool(code)


@pytest.mark.parametrize("question", ["lineage", "impact", "provenance"])
def test_pictures_are_drawn(shop: Ledger, run: Run, question: str) -> None:
    """Mermaid and DOT, with the node asked about marked."""
    picture = run(question, "n", "features#email_hash", "--format", "mermaid").out
    assert picture.startswith("flowchart LR") and "email_hash" in picture
    assert run(question, "n", "features#email_hash", "--format", "dot").out.startswith("digraph")


def test_every_question_can_be_drawn(shop: Ledger, run: Run) -> None:
    """search, show, paths and diff, too: what each of them is about."""
    assert "customers" in run("search", "customers", "--format", "dot").out
    assert "-->" in run("show", "n", "features", "--format", "mermaid").out
    assert "-->" in run("paths", "n customers#email", "n model#email_hash", "--format", "mermaid").out
    drawn = run("diff", *CUSTOMERS, "--from-known-index", "3", "--direction", "downstream", "--format", "mermaid").out
    assert '-- "new" -->' in drawn


def test_a_document_beyond_the_bound_is_refused_early(shop: Ledger, run: Run) -> None:
    """The question's body has a bound of its own: 413, and the service goes on."""
    ended = run("search", "x" * (2 << 20))
    assert ended.code != 0 and "Traceback" not in ended.err
    assert run("search", "email").code == 0


def test_no_service_is_said_with_its_own_exit_code(run: Run) -> None:
    """3, and what to do."""
    ended = run("search", "x", "--url", "http://127.0.0.1:9")
    assert ended.code == 3 and "headwater serve" in ended.err


def test_wrong_usage_is_2(run: Run) -> None:
    """Unknown commands and broken settings alike."""
    assert run("nonsense").code == 2
    assert run("search", "x", "--url", "nowhere").code == 2
    assert run("lineage", "lonely").code == 2
