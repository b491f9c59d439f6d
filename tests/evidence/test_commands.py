"""`headwater audit questions | ask | export` against a real service in this process."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from api.app import create_app
from api.cli import main
from api.context import open_context
from api.serve import listen, make_server
from lineage.settings import Settings
from tests.evidence.company import company


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The lender's service."""
    folder = tmp_path_factory.mktemp("lender")
    with company(folder):
        pass
    context = open_context(Settings(data=folder))
    with listen("127.0.0.1", 0) as listener:
        server = make_server(create_app(context))

        def work() -> None:
            with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
                runner.run(server.serve(sockets=[listener]))
                runner.run(context.close())

        thread = threading.Thread(target=work, name="test-service")
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def test_questions_are_listed_with_what_they_take(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By name, for people."""
    assert main(["audit", "questions", "--url", url]) == 0
    told = capsys.readouterr().out
    assert "Q1_TRAINING_DATA" in told and "Q19_WHAT_WAS_SAID" in told and "tag? (text)" in told


def test_an_answer_is_a_table_or_json(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Variables are written as everywhere on the command line; what is not known is said."""
    words = ["audit", "ask", "q10", "tag=pii", "--url", url]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "warehouse us.marketing#contact" in told and "COMPLETE: 5 rows" in told
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["query"] == "Q10_TAG_LEAKS"
    assert main(["audit", "ask", "Q1", "model=warehouse models.churn", "version=1", "--url", url]) == 0
    assert "not known: role" in capsys.readouterr().out


def test_a_pack_is_exported_and_verified_by_commands(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three commands: the policy, the pack, the verdict."""
    pack, policy = tmp_path / "pack.zip", tmp_path / "policy.txt"
    assert main(["audit", "policy", "--url", url]) == 0
    policy.write_text(capsys.readouterr().out)
    node = "figure=warehouse reports.monthly#active"
    assert main(["audit", "export", "Q14", node, "on=2026-04-01", "-o", str(pack), "--url", url]) == 0
    assert "Q14_RECREATE_FIGURE" in capsys.readouterr().out
    assert main(["audit", "verify", str(pack), "--policy", str(policy)]) == 0
    pack.write_bytes(pack.read_bytes()[:-40])
    assert main(["audit", "verify", str(pack), "--policy", str(policy)]) == 1


def test_an_answer_leads_to_proof_in_two_steps(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/evidence.md says: the entries that a row cites, and the verifier on what `audit proof` wrote."""
    assert (
        main(["audit", "ask", "Q12", "figure=warehouse reports.monthly#active", "--format", "json", "--url", url]) == 0
    )
    cited = json.loads(capsys.readouterr().out)["rows"]["nodes"][1]["entries"]
    assert cited == ["13"]
    assert main(["audit", "policy", "--url", url]) == 0
    (tmp_path / "policy.txt").write_text(capsys.readouterr().out)
    assert main(["audit", "proof", *cited, "-o", str(tmp_path), "--url", url]) == 0
    verify = ["audit", "verify", str(tmp_path / "13.tlog-proof"), "--policy", str(tmp_path / "policy.txt")]
    assert main(verify) == 0
    (tmp_path / "13.json").write_bytes((tmp_path / "13.json").read_bytes().replace(b"a_etl", b"a_eve"))
    assert main(verify) == 1
    assert main(["audit", "proof", "9000", "-o", str(tmp_path), "--url", url]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["Q99"],
        ["Q10", "colour=red"],
        ["Q10", "tag"],
        ["Q1", "model=churn", "version=1"],
        ["Q14", "figure=warehouse reports.monthly", "on=soon"],
        ["Q18", "index=two"],
        ["Q16", "materialOnly=perhaps"],
        ["Q1", "model=warehouse models.nothing", "version=1"],
    ],
)
def test_wrong_words_are_usage(url: str, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, said what is wrong, and no file is left."""
    target = tmp_path / "pack.zip"
    assert main(["audit", "export", *words, "-o", str(target), "--url", url]) == 2
    assert capsys.readouterr().err.startswith("headwater: ")
    assert list(tmp_path.iterdir()) == []
