"""fsck's checks 6 and 7 by themselves: which heads count, by whose word, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.ledger.check_report import CheckReport
from lineage.signing.heads import check_heads
from lineage.signing.kept import Kept
from lineage.signing.key_file import read_keys
from lineage.signing.key_ranges import decode_ranges, encode_ranges
from lineage.signing.memory import Remembered
from lineage.signing.private_keys import make_key, sign_line
from lineage.signing.signer import OVERLAP_S
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.keys import KeyKind
from lineage.verify.note import format_note
from lineage.verify.policy import Policy, parse_policy
from tests.signing.making import ORIGIN, Clock, Vouched, vouched

WITNESS = make_key("w.example/1", KeyKind.COSIGNATURE_ED25519)


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Vouched]:
    """A log whose first key was retired at size 11: heads at 5, 6 (both keys sign) and 12."""
    clock = Clock()
    with vouched(tmp_path, clock=clock) as made:
        made.append(5)
        made.publisher.cover(ORIGIN, 5)
        made.publisher.rotate(ORIGIN)
        made.publisher.cover(ORIGIN, 6)
        clock.now_s += OVERLAP_S + 1
        made.append(5)
        made.publisher.cover(ORIGIN, 12)
        yield made


def policy(it: Vouched, tail: str = "quorum none\n") -> Policy:
    """Trust in both keys, the retired one too."""
    return parse_policy("".join(f"log {each.key.text}\n" for each in it.publisher.key_ranges(ORIGIN)) + tail)


def judged(it: Vouched, trusted: Policy | None = None, **changed: object) -> CheckReport:
    kept = {
        "rows": it.checkpoints.rows(ORIGIN),
        "keys_json": encode_ranges(ORIGIN, it.publisher.key_ranges(ORIGIN)),
        "remembered": it.signer.remembered(ORIGIN),
    }
    return check_heads(it.ledger, Kept(**{**kept, **changed}), trusted)  # type: ignore[arg-type]


def by_old_key(it: Vouched, size: int, *, cosigned: bool = False) -> tuple[int, str]:
    """A head of the log at that size, signed with the first key, as its thief can."""
    old = read_keys(Path(it.signer._path))[0].key
    head = Checkpoint(ORIGIN, size, it.ledger.root(size))
    lines = [sign_line(old, head.text, 0)]
    lines += [sign_line(WITNESS, head.text, 1_790_000_000)] if cosigned else []
    return size, format_note(head.text, lines)


def said(report: CheckReport) -> list[str]:
    return [f"{each.check}: {each.message}" for each in report.findings]


def test_heads_under_changing_keys_are_sound(it: Vouched) -> None:
    """With the policy and without; without it is said whose keys were believed."""
    for trusted in (policy(it), None):
        report = judged(it, trusted)
        assert (said(report), report.gaps) == ([], [])
    assert any("give --policy" in each for each in judged(it, None).statements)
    assert any("the newest that counts of size 12" in each for each in judged(it, policy(it)).statements)


def test_a_stolen_old_key_counts_only_in_its_range_or_with_the_quorum(it: Vouched) -> None:
    """Beyond the size at which it was retired, its signature alone is a finding."""
    rows = it.checkpoints.rows(ORIGIN)
    assert said(judged(it, policy(it), rows=[*rows[:2], by_old_key(it, 9)], remembered=None)) == []
    (found,) = said(judged(it, policy(it), rows=[*rows[:2], by_old_key(it, 12)], remembered=None))
    assert "7: the checkpoint of size 12 is signed only by the key" in found and "0 to 11" in found
    witnessed = policy(it, f"witness w {WITNESS.verifier.text}\nquorum w\n")
    assert said(judged(it, witnessed, rows=[*rows[:2], by_old_key(it, 12, cosigned=True)], remembered=None)) == []


def test_a_quorum_that_nobody_gave_is_a_gap_not_a_lie(it: Vouched) -> None:
    """A witness that was down has tampered with nothing, but nobody vouches."""
    report = judged(it, policy(it, f"witness w {WITNESS.verifier.text}\nquorum w\n"))
    assert (said(report), report.gaps) == ([], ["no kept checkpoint has the policy's quorum 'w'"])
    assert judged(it, policy(it), rows=[]).gaps == [
        "no kept checkpoint is one that the policy accepts: nobody vouches for this log"
    ]


def test_a_policy_of_strangers_believes_nothing(it: Vouched, tmp_path: Path) -> None:
    """Keys that the log itself names are no trust root: who makes a log anew names its own."""
    stranger = parse_policy(f"log {make_key(ORIGIN).verifier.text}\nquorum none\n")
    assert judged(it, stranger).gaps == [
        "no kept checkpoint is one that the policy accepts: nobody vouches for this log"
    ]
    assert any("names no log" in each for each in said(judged(it, parse_policy("quorum none\n"))))
    with vouched(tmp_path / "other") as other:  # no rotation: its key is in keys.json alone
        other.append(5)
        other.publisher.cover(ORIGIN, 5)
        found = said(judged(other, stranger))
        assert [each for each in found if "size 5 is signed by no key that counts" in each]
        assert [each for each in found if "keys.json names the key" in each]


def test_a_new_policy_does_not_cry_over_old_heads(it: Vouched) -> None:
    """Who trusts the new key alone is vouched for by it; heads before it were compared, and vouch for nothing."""
    newest = it.publisher.key_ranges(ORIGIN)[-1].key.text
    report = judged(it, parse_policy(f"log {newest}\nquorum none\n"))
    assert (said(report), report.gaps) == ([], [])
    assert any("the newest that counts of size 12" in each for each in report.statements)


def test_a_rewritten_stretch_is_named_by_the_heads_around_it(it: Vouched) -> None:
    """Sound up to 6, not at 12: that is where to look."""
    rows = it.checkpoints.rows(ORIGIN)
    rows[2] = (12, rows[2][1].replace(rows[2][1].split("\n")[2], rows[0][1].split("\n")[2]))
    report = judged(it, None, rows=rows, remembered=None)
    assert (
        "6: the root at size 12 is not the one in a checkpoint in checkpoints.sqlite: history was rewritten in the entries 6 to 11"
        in said(report)
    )
    memory = Remembered(Checkpoint(ORIGIN, 12, bytes(32)))
    (found,) = said(judged(it, policy(it), remembered=memory))
    assert "the signer's memory (signer/memory.sqlite) says that another root was signed at size 12" in found
    (found,) = said(judged(it, policy(it), remembered=memory, rows=rows[:2], asked=12))
    assert "is not the one in the signer's memory (signer/memory.sqlite): history was rewritten" in found


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"origin": "x", "keys": [{"vkey": "a", "fromSize": 0, "toSize": null}]}']
)
def test_a_keys_json_that_cannot_be_read_is_a_finding(it: Vouched, content: bytes) -> None:
    """As is one of another log, or one that leaves a key out."""
    assert any(each.startswith("7: ") for each in said(judged(it, policy(it), keys_json=content)))


def test_a_keys_json_that_tells_less_or_of_another_log_is_a_finding(it: Vouched) -> None:
    """The log itself names its keys."""
    ranges = it.publisher.key_ranges(ORIGIN)
    assert decode_ranges(encode_ranges(ORIGIN, ranges)) == (ORIGIN, ranges)
    assert any(
        "leaves out the key" in each
        for each in said(judged(it, policy(it), keys_json=encode_ranges(ORIGIN, ranges[:1])))
    )
    assert any(
        "belongs to the log" in each for each in said(judged(it, policy(it), keys_json=encode_ranges("x", ranges)))
    )


@pytest.mark.parametrize("note", ["", "nonsense", "a\n1\nb\n\n— k AAAAAAA=\n"])
def test_a_kept_checkpoint_that_cannot_be_read_is_a_finding(it: Vouched, note: str) -> None:
    """Others are checked all the same."""
    rows = it.checkpoints.rows(ORIGIN)
    assert (
        "6: the kept checkpoint of size 6 cannot be read"
        in said(judged(it, policy(it), rows=[rows[0], (6, note), rows[2]]))[0]
    )
