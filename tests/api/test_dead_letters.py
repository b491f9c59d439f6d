"""Dead letters: listed from the ledger alone, read again on demand."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import accepting, dead_letters
from api.accepting import Sender, accept_entry
from api.dead_letters import DeadLetters, Replayed, replay
from lineage.errors import NotFound
from lineage.ledger import GroupCommit, Ledger

Event = Callable[..., dict[str, Any]]
SENDER = Sender("ada", "key", "")


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    """A ledger of the test's own."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


def append(ledger: Ledger, *raws: bytes) -> None:
    """What the door would append."""
    ledger.append([accept_entry(raw, SENDER, 1_762_000_000_000_000).draft for raw in raws])


def replayed(ledger: Ledger, indexes: list[int]) -> list[Replayed]:
    """A replay in an event loop of its own."""

    async def work() -> list[Replayed]:
        commit = GroupCommit(ledger)
        try:
            return await replay(DeadLetters(ledger), ledger, commit, indexes, SENDER)
        finally:
            await commit.close()

    return asyncio.run(work())


def test_dead_letters_are_found_among_many_entries(ledger: Ledger, event: Event) -> None:
    """Across bundles, newest first, page by page, and again after more have come."""
    good = json.dumps(event()).encode()
    append(ledger, *[b"rubbish %d" % number if number % 100 == 7 else good for number in range(600)])
    letters = DeadLetters(ledger)
    assert [each.index for each in letters.page(4)] == [507, 407, 307, 207]
    assert [each.index for each in letters.page(4, before=207)] == [107, 7]
    append(ledger, good, b"more", good)
    assert [each.index for each in letters.page(2)] == [601, 507]
    assert letters.counts() == (7, 7)
    assert letters.get(601).byte_count == 4
    with pytest.raises(NotFound):
        letters.get(600)


def test_text_in_a_leaf_that_looks_like_a_mark_is_none(ledger: Ledger, event: Event) -> None:
    """The words are searched in bytes, so texts of others must not look like them."""
    good = json.dumps(event()).encode()
    draft = accept_entry(good, Sender('"n":"reason"', "none", '"n":"replays"'), 1_762_000_000_000_000).draft
    ledger.append([draft])
    assert DeadLetters(ledger).counts() == (0, 0)


def test_what_is_understood_today_is_replayed(ledger: Ledger, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement and the event are appended, the old entry stays, and the letter is closed."""
    good = json.dumps(event()).encode()
    with monkeypatch.context() as broken:
        broken.setattr(accepting, "normalise", lambda *_: 1 / 0)
        append(ledger, good, good)
    append(ledger, b"rubbish")
    assert [each.code for each in DeadLetters(ledger).page(9)][1:] == ["INTERNAL", "INTERNAL"]
    results = replayed(ledger, [1, 2, 1])
    assert (results[0].index, results[0].new_index) == (1, 4)
    assert (results[1].index, results[1].new_index) == (2, None)
    assert results[1].code
    assert len(results) == 2
    statement, entry = ledger.entries(3, 9)
    assert (statement.leaf.kind, json.loads(statement.norm or b"")) == ("admin.replay", {"index": 1})
    assert entry.leaf.kind == "ol.event" and entry.norm and entry.leaf.actor == "ada"
    letters = DeadLetters(ledger)
    assert letters.get(1).replayed_as == 4
    assert letters.open_indexes() == [0, 2]
    assert [each.index for each in letters.page(9, open_only=True)] == [2, 0]
    assert ledger.part(1, "raw") == good


def test_a_second_replay_appends_nothing(ledger: Ledger, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is answered with what the first one made."""
    with monkeypatch.context() as broken:
        broken.setattr(accepting, "normalise", lambda *_: 1 / 0)
        append(ledger, json.dumps(event()).encode())
    assert replayed(ledger, [0]) == replayed(ledger, [0]) == [Replayed(0, 2)]
    assert ledger.size() == 3


def test_many_are_replayed_in_parts(ledger: Ledger, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction holds the bytes of a bounded number."""
    monkeypatch.setattr(dead_letters, "REPLAYED_AT_ONCE", 2)
    with monkeypatch.context() as broken:
        broken.setattr(accepting, "normalise", lambda *_: 1 / 0)
        append(ledger, *[json.dumps(event(number)).encode() for number in range(5)])
    assert [each.new_index for each in replayed(ledger, [0, 1, 2, 3, 4])] == [6, 8, 10, 12, 14]


def test_replaying_what_is_no_dead_letter_is_refused(ledger: Ledger, event: Event) -> None:
    """Nothing is appended when one of the indexes is wrong."""
    append(ledger, json.dumps(event()).encode(), b"rubbish")
    with pytest.raises(NotFound):
        replayed(ledger, [1, 0])
    assert ledger.size() == 2


def test_a_reader_that_stumbles_loses_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is a dead letter with that reason, so the event is there for the repaired code."""
    monkeypatch.setattr(accepting, "normalise", lambda *_: 1 / 0)
    append(ledger, b'{"an": "event"}')
    assert DeadLetters(ledger).get(0).code == "INTERNAL"
    assert ledger.part(0, "raw") == b'{"an": "event"}'
