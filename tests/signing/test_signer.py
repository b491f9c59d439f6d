"""The signer: signs growth and nothing else, whoever asks, and forgets neither keys nor heads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import LedgerError
from lineage.ledger import Draft, Ledger
from lineage.signing.key_file import read_keys
from lineage.signing.signer import OVERLAP_S, LocalSigner, Signer
from lineage.signing.socket_signer import SignerServer, SocketSigner
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.keys import KeyKind
from lineage.verify.tree import EMPTY_ROOT, RightEdge, consistency_proof, leaf_hash, root_at
from tests.signing.making import ORIGIN, Clock


def leaves(count: int, salt: bytes = b"") -> list[bytes]:
    return [leaf_hash(salt + b"%d" % at) for at in range(count)]


def subtree(hashes: list[bytes]) -> object:
    def read(height: int, index: int) -> bytes:
        edge = RightEdge()
        for each in hashes[index << height : (index + 1) << height]:
            edge.append(each)
        return edge.root()

    return read


def head(hashes: list[bytes], size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root_at(subtree(hashes), size))  # type: ignore[arg-type]


def growth(hashes: list[bytes], old: int, new: int) -> list[bytes]:
    return consistency_proof(subtree(hashes), old, new)  # type: ignore[arg-type]


@pytest.fixture(params=["here", "behind a socket"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Signer]:
    """The same contract in the process and apart from it."""
    with closing(LocalSigner(tmp_path / "signer", clock=Clock())) as own:
        if request.param == "here":
            yield own
            return
        with SignerServer(tmp_path / "socket", own) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield SocketSigner(tmp_path / "socket")
            server.shutdown()
            thread.join()


def test_growth_is_signed_and_remembered(signer: Signer) -> None:
    """Each signature is true; the same head is signed again; the key is the log's own."""
    hashes = leaves(20)
    assert [each.verifier.name for each in signer.keys(ORIGIN)] == [ORIGIN]
    assert signer.last(ORIGIN) == Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    before = 0
    for size in (1, 7, 7, 8, 20):
        (line,) = signer.sign(head(hashes, size), growth(hashes, before, size))
        signer.keys(ORIGIN)[0].verifier.verify(head(hashes, size).text, line.signature)
        assert signer.last(ORIGIN) == head(hashes, size)
        before = size


@pytest.mark.parametrize(
    ("other", "size", "said"),
    [(b"x", 9, "history was rewritten"), (b"x", 6, "history was rewritten"), (b"", 5, "was cut off or an old copy")],
)
def test_anything_but_growth_is_refused(signer: Signer, other: bytes, size: int, said: str) -> None:
    """Another history, another root at the same size, a shorter log: not retryable, and the memory stays."""
    hashes, forged = leaves(20), leaves(20, other)
    signer.sign(head(hashes, 6), growth(hashes, 0, 6))
    with pytest.raises(LedgerError, match=said) as raised:
        signer.sign(head(forged, size), growth(forged, 6, size) if size >= 6 else [])
    assert not raised.value.retryable
    assert signer.last(ORIGIN) == head(hashes, 6)
    signer.sign(head(hashes, 20), growth(hashes, 6, 20))


@given(st.data())
def test_no_proof_of_another_history_is_ever_signed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever is asked in whatever order, the signed heads extend one another."""
    histories = [leaves(12), leaves(4) + leaves(8, b"fork")]
    signed: list[Checkpoint] = []
    with closing(LocalSigner(tmp_path_factory.mktemp("signer"))) as signer:
        for _ in range(data.draw(st.integers(1, 6))):
            hashes = data.draw(st.sampled_from(histories))
            old, new = sorted(data.draw(st.tuples(st.integers(0, 12), st.integers(0, 12))))
            try:
                signer.sign(head(hashes, new), growth(hashes, old, new))
            except LedgerError:
                continue
            signed.append(head(hashes, new))
    assert any(all(each == head(hashes, each.size) for each in signed) for hashes in histories)
    assert [each.size for each in signed] == sorted(each.size for each in signed)


def test_a_key_without_its_memory_signs_nothing(tmp_path: Path) -> None:
    """Who takes the memory away does not get a fresh start under the old key; nor without the key under the old name."""
    with closing(LocalSigner(tmp_path)) as signer:
        signer.sign(head(leaves(3), 3), growth(leaves(3), 0, 3))
    keys = (tmp_path / "keys").read_bytes()
    (tmp_path / "keys").unlink()
    with closing(LocalSigner(tmp_path)) as signer, pytest.raises(LedgerError, match="no key"):
        signer.keys(ORIGIN)
    (tmp_path / "keys").write_bytes(keys)
    (tmp_path / "keys").chmod(0o600)
    (tmp_path / "memory.sqlite").unlink()
    with closing(LocalSigner(tmp_path)) as signer, pytest.raises(LedgerError, match="lost its memory"):
        signer.keys(ORIGIN)


def test_keys_are_their_owner_s_alone(tmp_path: Path) -> None:
    """Mode 0600; a file that others may read is refused."""
    with closing(LocalSigner(tmp_path / "signer")) as signer:
        signer.keys(ORIGIN)
        keys = tmp_path / "signer" / "keys"
        assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "signer").iterdir()} == {
            "keys": 0o600, "memory.sqlite": 0o600, "memory.sqlite.lock": 0o600,
        }  # fmt: skip
        keys.chmod(0o640)
        with pytest.raises(LedgerError, match="chmod 600"):
            signer.keys(ORIGIN)


def test_two_signers_do_not_share_a_memory(tmp_path: Path) -> None:
    """The second one is refused."""
    with closing(LocalSigner(tmp_path)), pytest.raises(LedgerError, match="Another signer"):
        LocalSigner(tmp_path)


def test_a_rotated_key_signs_for_thirty_days_more(tmp_path: Path) -> None:
    """Then the new one alone; a second rotation waits for the end of the first."""
    clock, hashes = Clock(), leaves(9)
    with closing(LocalSigner(tmp_path, post_quantum=True, clock=clock)) as signer:
        old = [each.verifier for each in signer.keys(ORIGIN)]
        assert [each.kind for each in old] == [KeyKind.ED25519, KeyKind.ML_DSA_44]
        new = signer.rotate(ORIGIN)
        assert new not in old
        assert len(signer.sign(head(hashes, 3), growth(hashes, 0, 3))) == 4
        with pytest.raises(LedgerError, match="being retired already"):
            signer.rotate(ORIGIN)
        clock.now_s += OVERLAP_S + 1
        lines = signer.sign(head(hashes, 9), growth(hashes, 3, 9))
        assert [line.key_id for line in lines] == [each.verifier.key_id for each in signer.keys(ORIGIN)]
        assert new.key_id == lines[0].key_id and len(lines) == 2
        assert len(read_keys(tmp_path / "keys")) == 4


def test_keys_from_the_environment(tmp_path: Path) -> None:
    """They sign, they are not written down, and only they do."""
    with closing(LocalSigner(tmp_path / "one")) as signer:
        signer.keys(ORIGIN)
    (key,) = read_keys(tmp_path / "one" / "keys")
    with closing(LocalSigner(tmp_path / "two", given=key.key.text)) as given:
        assert [each.verifier for each in given.keys(ORIGIN)] == [key.key.verifier]
        assert not (tmp_path / "two" / "keys").exists()
        with pytest.raises(LedgerError, match="no key for other"):
            given.keys("other.example/ledger")
        with pytest.raises(LedgerError, match="environment"):
            given.rotate(ORIGIN)


def test_a_signer_that_is_not_there_is_worth_another_try(tmp_path: Path) -> None:
    """Its socket is missing, or something else answers: retryable, and the message says what to start."""
    with pytest.raises(LedgerError, match="audit signer") as raised:
        SocketSigner(tmp_path / "none").keys(ORIGIN)
    assert raised.value.retryable


def test_a_ledger_s_own_proofs_are_those_that_the_signer_wants(tmp_path: Path) -> None:
    """From file to signature, over the edges of tiles."""
    with (
        Ledger.open(tmp_path / "ledger.sqlite", origin=ORIGIN) as ledger,
        closing(LocalSigner(tmp_path / "s")) as signer,
    ):
        before = 0
        for size in (1, 255, 256, 257, 513):
            ledger.append([Draft("heartbeat", {}) for _ in range(size - before)])
            signer.sign(Checkpoint(ORIGIN, size, ledger.root()), ledger.consistency_proof(before, size))
            before = size
