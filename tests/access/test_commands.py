"""`headwater key`: against a service, and on a data folder before there is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage.ledger import Ledger
from tests.api.conftest import event
from tests.cli.conftest import Run, run, shop

__all__ = ["run", "shop"]


def test_a_key_is_made_listed_used_and_revoked(shop: Ledger, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first key closes the service; each step is a ledger entry that tells neither text nor hash."""
    made = run("key", "create", "ops team", "--role", "admin", "--expires", "90d")
    assert made.code == 0
    token = made.out.strip()
    assert token.startswith("hw_lk_") and "Ledger entry 10" in made.err
    assert run("search", "orders").code == 2
    monkeypatch.setenv("HEADWATER_API_KEY", token)
    assert "orders" in run("search", "orders").out
    second = run("key", "create", "ci", "--scope", "lineage:read", "--namespace", "n*", "--hide-tag", "pii",
                 "--format", "json").json  # fmt: skip
    assert (second["key"]["namespaces"], second["key"]["hiddenTags"]) == (["n*"], ["pii"])
    id = second["key"]["id"]
    listed = run("key", "list")
    assert id in listed.out and "active" in listed.out and token not in listed.out
    assert "Ledger entry 12" in run("key", "revoke", id, "--reason", "lost").out
    assert [key["state"] for key in run("key", "list", "--format", "json").json["nodes"]] == ["ACTIVE", "REVOKED"]
    monkeypatch.setenv("HEADWATER_API_KEY", second["token"])
    assert run("search", "orders").code == 2
    for index in (10, 11, 12):
        assert shop.leaf(index).kind == "admin.key"
        norm = shop.part(index, "norm") or b""
        assert (made.err.split()[4] if index == 10 else id).encode() in norm
        assert token.rpartition("_")[2].encode() not in norm
    assert shop.leaf(12).actor == made.err.split("key ")[1].split(" ")[0]


def test_who_may_make_keys_gives_no_more_than_they_have(
    shop: Ledger, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another scope nor another namespace; and without the scope there are no keys to be seen."""
    root = run("key", "create", "root", "--role", "admin").out.strip()
    monkeypatch.setenv("HEADWATER_API_KEY", root)
    flags = ("--scope", "admin:keys", "--scope", "lineage:read", "--namespace", "n")
    limited = run("key", "create", "team", *flags).out.strip()
    reader = run("key", "create", "reader", "--role", "reader").out.strip()
    monkeypatch.setenv("HEADWATER_API_KEY", limited)
    for more in (
        ("--role", "auditor", "--namespace", "n"),
        ("--role", "reader"),
        ("--role", "reader", "--namespace", "m"),
    ):
        refused = run("key", "create", "x", *more)
        assert refused.code == 2 and "no more than its maker has" in refused.err
    assert run("key", "create", "x", "--role", "reader", "--namespace", "n").code == 0
    assert [key["label"] for key in run("key", "list", "--format", "json").json["nodes"]] == ["team", "x"]
    monkeypatch.setenv("HEADWATER_API_KEY", reader)
    assert "admin:keys" in run("key", "list").err


def test_the_first_key_of_a_folder_needs_no_service(run: Run, tmp_path: Path) -> None:
    """So that a service can start closed; while one runs, it has the folder."""
    folder = tmp_path / "data"
    made = run("key", "create", "root", "--role", "admin", "--data", str(folder))
    assert made.code == 0 and made.out.startswith("hw_lk_")
    id = run("key", "list", "--data", str(folder), "--format", "json").json["nodes"][0]["id"]
    with Ledger.open(folder / "ledger.sqlite") as held:
        assert (held.leaf(0).kind, held.leaf(0).auth) == ("admin.key", "data-folder")
        refused = run("key", "revoke", id, "--data", str(folder))
        assert refused.code == 3 and "already writes" in refused.err
    assert run("key", "revoke", id, "--data", str(folder)).code == 0
    assert run("key", "revoke", "lk_aaaaaaaa", "--data", str(folder)).code == 2


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "--scope"),
        (("--scope", "lineage:all"), "no scope"),
        (("--role", "reader", "--expires", "yesterday"), "--expires"),
        (("--role", "reader", "--expires", "2020-01-01"), "expired already"),
        (("--role", "reader", "--namespace", ""), "namespaces"),
    ],
    ids=["none", "unknown", "no time", "past", "empty name"],
)
def test_a_key_that_cannot_be_is_refused_with_the_flag(
    run: Run, tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    """Before anything is written."""
    refused = run("key", "create", "x", *flags, "--data", str(tmp_path / "data"))
    assert refused.code == 2 and told in refused.err
    assert not (tmp_path / "data" / "keys.sqlite").exists()


def test_a_producer_learns_which_events_are_not_its_own(
    shop: Ledger, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is its own goes in; the rest is listed with its reason, and the command's answer is no."""
    monkeypatch.setenv("HEADWATER_API_KEY", run("key", "create", "etl", "--role", "producer", "--namespace", "tests",
                                                "--namespace", "db://a").out.strip())  # fmt: skip
    events = [event(1), event(2, outputs=[{"namespace": "db://b", "name": "t"}]), event(3)]
    several, one = tmp_path / "several.ndjson", tmp_path / "one.json"
    several.write_text("\n".join(json.dumps(each) for each in events))
    one.write_text(json.dumps(events[1]))
    ended = run("ingest", str(several))
    assert ended.code == 1 and "2 events are in the ledger" in ended.out and "db://b" in ended.out + ended.err
    ended = run("ingest", str(one))
    assert ended.code == 1 and "0 events are in the ledger" in ended.out and "db://b" in ended.out + ended.err
