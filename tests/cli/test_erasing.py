"""Erasure, holds and limits by command."""

from __future__ import annotations

import io
import sys

import pytest

from lineage.access.principal import Principal
from lineage.erasure import Eraser, Selection
from lineage.ledger import Draft, Ledger
from tests.cli.conftest import Run

WHY = ("--basis", "GDPR Art. 17(1)(b)", "--request", "DSR-17")


def test_an_erasure_is_proposed_shown_and_needs_another_to_approve(shop: Ledger, run: Run) -> None:
    """On the open loopback everybody is one, so nobody can approve."""
    proposed = run("audit", "erase", "propose", "2-4", "7", "--part", "norm", *WHY)
    assert proposed.code == 0 and "4 parts are proposed: norm 2-4, norm 7" in proposed.out
    assert "erase approve 10" in proposed.out
    assert "norm 2-4, norm 7" in run("audit", "erase", "proposals").out
    refused = run("audit", "erase", "approve", "10")
    assert refused.code == 2 and "another than who proposed" in refused.err
    assert shop.part(2, "norm") is not None
    assert "proposal 10 is closed" in run("audit", "erase", "withdraw", "10", "--reason", "wrong").out
    assert "Nothing is proposed" in run("audit", "erase", "proposals").out
    assert "Nothing was erased" in run("audit", "erase", "list").out


def test_a_text_may_come_from_standard_input(shop: Ledger, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no list of processes shows it."""
    shop.append([Draft("ol.event", {"raw": b"Jane Doe", "norm": b"{}"})])
    monkeypatch.setattr(sys, "stdin", io.StringIO("jane doe\n"))
    proposed = run("audit", "erase", "propose", "--text", "-", *WHY, "--format", "json")
    assert proposed.json["ranges"] == [{"part": "raw", "start": "10", "stop": "11"}]


def test_the_report_says_what_was_erased(shop: Ledger, run: Run) -> None:
    """When, why, by whom."""
    eraser = Eraser(shop, lambda: 0)
    receipt, _ = eraser.propose(Selection(entries=((0, 3),)), "GDPR Art. 17", "DSR-17", Principal(actor="ann"))
    eraser.approve(receipt.index, Principal(actor="bob"))
    found = run("audit", "erase", "list", "--format", "json").json
    assert found["nodes"][0]["approvedBy"] == "bob" and found["nodes"][0]["partCount"] == "3"
    assert "norm 0-2" in run("audit", "erase", "list").out


def test_holds_are_set_listed_and_lifted(shop: Ledger, run: Run) -> None:
    """Everything is held only when that is said."""
    assert run("audit", "hold", "set", "--reason", "case").code == 2
    assert run("audit", "hold", "set", "x", "--reason", "case").code == 2
    assert "in force" in run("audit", "hold", "set", "3", "--class", "raw", "--reason", "case 4").out
    assert "in force" in run("audit", "hold", "set", "--everything", "--reason", "case 5").out
    listed = run("audit", "hold", "list").out
    assert "raw, 3" in listed and "everything" in listed
    assert run("audit", "erase", "propose", "3", *WHY).code == 2
    for index in ("10", "11"):
        assert run("audit", "hold", "lift", index, "--reason", "over").code == 0
    assert "No hold" in run("audit", "hold", "list").out


def test_limits_are_set_shown_and_applied(shop: Ledger, run: Run) -> None:
    """From a preset, with limits of one's own."""
    assert "Everything is kept" in run("audit", "retention", "show").out
    told = run("audit", "retention", "set", "minimal", "--raw", "7", "--access", "ever", "--reason", "policy 7")
    assert told.code == 0 and "raw" in told.out and "access" not in told.out
    assert "policy 7" in run("audit", "retention", "show").out
    assert run("audit", "retention", "set", "keep", "--norm", "3", "--reason", "r").code == 2
    assert run("audit", "retention", "set", "keep", "--raw", "soon", "--reason", "r").code == 2
    assert "nothing to erase" in run("audit", "retention", "apply").out
