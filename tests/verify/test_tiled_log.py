"""Whole logs read as tiles: each change is found and named, growth is told from rewriting, silence from quiet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.ledger import Draft, Ledger
from lineage.signing.private_keys import SeedKey, make_key
from lineage.verify.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from lineage.verify.policy import Policy, parse_policy
from lineage.verify.refusal import Rejected
from lineage.verify.report import Report
from lineage.verify.tiled_log import Read, check_growth, last_leaf, read_head, verify_log
from lineage.verify.tiles import bundle_path, decode_bundle, encode_bundle, parse_number, tile_path
from tests.verify.published import ORIGIN, publish, signed, write

SIZES = (3, 256, 300, 600)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SeedKey]:
    """A log of 600 entries as static files, and its key."""
    folder = tmp_path_factory.mktemp("published")
    return folder, publish(folder, SIZES)


@pytest.fixture
def log(published: tuple[Path, SeedKey], tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(published[0], tmp_path / "log"))


@pytest.fixture
def policy(published: tuple[Path, SeedKey]) -> Policy:
    """Trust in its key alone."""
    return parse_policy(f"log {published[1].verifier.text}\nquorum none\n")


def reader(folder: Path) -> Read:
    def read(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except OSError as error:
            raise LookupError(path) from error

    return read


def judged(folder: Path, policy: Policy, since: SignedCheckpoint | None = None, minimum: int = 0) -> Report:
    report = Report("log")
    verify_log(reader(folder), policy, report, since=since, minimum=minimum)
    return report


def test_pruned_bundles_may_be_gone_up_to_the_minimum_index(log: Path, policy: Policy) -> None:
    """Their hashes lead to the root in their place; gone without leave, or with their hashes, they are missing."""
    (log / bundle_path(0, 256)).unlink()
    report = judged(log, policy, minimum=256)
    assert not report.findings and report.counts["entries pruned"] == 256
    assert judged(log, policy, minimum=255).findings and judged(log, policy).findings
    (log / tile_path(0, 0, 256)).unlink()
    assert judged(log, policy, minimum=256).findings


def at_size(folder: Path, size: int) -> SignedCheckpoint:
    return parse_checkpoint((folder / f"checkpoint.{size}").read_bytes())


def test_a_sound_log_is_verified(log: Path, policy: Policy) -> None:
    """All entries, all tiles of its size, and one signed head."""
    report = judged(log, policy)
    assert (report.findings, report.exit_code) == ([], 0)
    assert report.counts == {"checkpoints": 1, "entries": 600, "tiles": 4}


@pytest.mark.parametrize(("size", "entries"), [(3, 597), (256, 344), (300, 300), (600, 0)])
def test_since_an_older_head_only_what_is_new_is_read(log: Path, policy: Policy, size: int, entries: int) -> None:
    """The older head is shown to be the beginning; bundles before it are not needed any more."""
    for number in range(size // 256):
        (log / bundle_path(number)).unlink()
    report = judged(log, policy, at_size(log, size))
    assert (report.findings, report.counts["entries"] if entries else 0) == ([], entries)


def change(path: str, edit: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda folder: write(folder, path, edit((folder / path).read_bytes()))


def other_entry(bundle: bytes) -> bytes:
    leaves = decode_bundle(bundle)
    return encode_bundle([*leaves[:5], leaves[5].replace(b"anonymous", b"anonymouX"), *leaves[6:]])


FLIPPED = {
    "an entry": (change(bundle_path(1), other_entry), "entry 261: the entries are not those"),
    "a leaf hash": (change(tile_path(0, 1), lambda tile: bytes([tile[0] ^ 1]) + tile[1:]), "tile/0/001"),
    "an upper hash": (change(tile_path(1, 0, 2), lambda tile: tile[:-1] + bytes([tile[-1] ^ 1])), "tile/1/000.p/2"),
    "a narrow tile": (change(tile_path(0, 0), lambda tile: tile[:-32]), "has 8160 bytes, not 256 hashes"),
    "a missing tile": (lambda folder: (folder / tile_path(0, 2, 88)).unlink(), "tile/0/002.p/88: is missing"),
    "a missing bundle": (lambda folder: (folder / bundle_path(1)).unlink(), "tile/entries/001: is missing"),
    "a bundle cut short": (change(bundle_path(0), lambda content: content[:-5]), "is cut short"),
    "a bundle with less": (
        change(bundle_path(0), lambda it: encode_bundle(decode_bundle(it)[:9])),
        "has 9 entries, not 256",
    ),
    "the size": (change("checkpoint", lambda note: note.replace(b"\n600\n", b"\n601\n")), "is not true"),
    "the signature": (change("checkpoint", lambda note: note.split(b"\n\n")[0] + b"\n\n"), "not a signed note"),
    "no checkpoint": (lambda folder: (folder / "checkpoint").unlink(), "has no checkpoint"),
}


@pytest.mark.parametrize("name", FLIPPED)
def test_each_change_is_found_and_named(log: Path, policy: Policy, name: str) -> None:
    """The tile, the entry, or the signature that does not hold."""
    edit, said = FLIPPED[name]
    edit(log)
    report = judged(log, policy)
    assert report.exit_code == 1
    assert any(said in str(finding) for finding in report.findings), report.findings


def test_a_log_whose_entries_break_the_rules_is_found_though_all_of_it_is_signed(tmp_path: Path) -> None:
    """An operator that signs a backdated entry, one of another log, and one that is no leaf."""
    from lineage.verify.tree import RightEdge, leaf_hash

    with Ledger.open(tmp_path / "made.sqlite", origin=ORIGIN, clock=lambda: 1_700_000_000_000_000) as made:
        made.append([Draft("heartbeat", {}) for _ in range(5)])
        leaves = [made.leaf_bytes(at) for at in range(5)]
    leaves[2] = leaves[2].replace(b'"t":"20', b'"t":"19')
    leaves[3] = leaves[3].replace(ORIGIN.encode(), b"other.example/ledger")
    leaves[4] = b'{"v":2}'
    edge = RightEdge()
    for each in leaves:
        edge.append(leaf_hash(each))
    key = make_key(ORIGIN)
    write(tmp_path, "checkpoint", signed(key, Checkpoint(ORIGIN, 5, edge.root())))
    write(tmp_path, bundle_path(0, 5), encode_bundle(leaves))
    write(tmp_path, tile_path(0, 0, 5), b"".join(map(leaf_hash, leaves)))
    report = judged(tmp_path, parse_policy(f"log {key.verifier.text}\nquorum none\n"))
    assert [str(finding).partition(":")[0] for finding in report.findings] == ["entry 2", "entry 3", "entry 4"]
    assert "backdated" in report.findings[0].message
    assert "other.example/ledger" in report.findings[1].message


def test_growth_is_told_from_rewriting_and_rollback(log: Path, policy: Policy) -> None:
    """What `watch` asks at each look."""
    newest = read_head(reader(log), policy)
    for size in SIZES:
        check_growth(reader(log), at_size(log, size), newest)
    with pytest.raises(Rejected, match="rolled back: it had 600 entries, now it has 300"):
        check_growth(reader(log), newest, at_size(log, 300))
    other = parse_checkpoint(at_size(log, 300).encode())
    forked = SignedCheckpoint(Checkpoint(ORIGIN, 300, bytes(32)), other.note)
    with pytest.raises(Rejected, match="history was rewritten"):
        check_growth(reader(log), forked, newest)
    (log / tile_path(0, 2, 88)).unlink()
    with pytest.raises(Rejected, match="cannot show that it only grew"):
        check_growth(reader(log), at_size(log, 3), newest)


def test_the_newest_entry_is_checked_before_its_time_is_believed(log: Path, policy: Policy) -> None:
    """Silence is judged by a leaf that is in the tree."""
    newest = read_head(reader(log), policy).checkpoint
    assert last_leaf(reader(log), newest).index == 599
    write(log, bundle_path(2, 88), other_entry((log / bundle_path(2, 88)).read_bytes()))
    assert last_leaf(reader(log), newest).index == 599
    leaves = decode_bundle((log / bundle_path(2, 88)).read_bytes())
    write(log, bundle_path(2, 88), encode_bundle([*leaves[:-1], leaves[0]]))
    with pytest.raises(Rejected, match="599 is not what its tile says"):
        last_leaf(reader(log), newest)
    with pytest.raises(LookupError):
        last_leaf(reader(log), Checkpoint(ORIGIN, 0, bytes(32)))


@pytest.mark.parametrize("number", [0, 7, 999, 1000, 1234067])
@pytest.mark.parametrize("width", [1, 17, 255, 256])
def test_a_tile_s_path_is_read_back(number: int, width: int) -> None:
    """C2SP's own example among them."""
    assert parse_number(tile_path(3, number, width).removeprefix("tile/3/")) == (number, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "00",
        "0000",
        "x000/001",
        "x01/001",
        "001.p/0",
        "001.p/256",
        "001.p/01",
        "001.p/",
        "x001/x234",
        "a",
        "٠٠١",
    ],
)
def test_other_spellings_of_a_tile_are_none(path: str) -> None:
    """One tile has one path, so that a cache never holds it twice."""
    with pytest.raises(ValueError, match="names no tile"):
        parse_number(path)
