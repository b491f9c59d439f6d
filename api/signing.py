"""Signing in the service: the signer, the publisher of both logs, the witnesses, and the policy that auditors are offered.

The one idea: all of it stands beside the way of an event. A signer that refuses, a witness that is down, cost
checkpoints and cosignatures, which health says; never an event.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from lineage.errors import SettingsError, StoreError
from lineage.ledger import Ledger
from lineage.settings import Settings
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.cosigning import TIMEOUT_S, Cosigning, WitnessState
from lineage.signing.key_ranges import KeyRange, SignerPlace
from lineage.signing.publisher import PublishedLog, Publisher
from lineage.signing.signer import LocalSigner, Signer
from lineage.signing.socket_signer import SocketSigner
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.policy import NO_QUORUM, Policy, Standing, parse_policy
from lineage.verify.refusal import VerifyError

COSIGN_WAIT_S: Final = 1.5  # who asks for a proof waits so long for the witnesses' quorum, then gets what there is
COSIGN_POLL_S: Final = 0.02
ANSWER_BYTES_MAX: Final = 64 << 10


def http_post(url: str, body: bytes) -> tuple[int, str]:
    """A cosigning.Post over HTTP: no redirects, bounded in time and size."""
    try:
        with httpx2.stream("POST", url, content=body, timeout=TIMEOUT_S, follow_redirects=False) as answer:
            content = bytearray()
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > ANSWER_BYTES_MAX:
                    raise StoreError(f"{url} answers more than a witness would.", retryable=True)
            return answer.status_code, content.decode("utf-8", "replace")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise StoreError(
            f"No witness answers at {url}: {str(error) or type(error).__name__}.", retryable=True
        ) from error


@dataclass(frozen=True, slots=True)
class Signing:
    """What vouches for the two logs. Its methods may be called from any thread and block for a second at most."""

    publisher: Publisher
    checkpoints: Checkpoints
    cosigning: Cosigning
    witnesses: Policy
    witness_lines: str
    files: contextlib.ExitStack

    def policy_text(self) -> str:
        """The policy that the operator suggests: the keys in force now, and its witnesses. An auditor takes its own
        copy out of another hand."""
        return self._logs(retired=False) + self.witness_lines

    def _logs(self, *, retired: bool) -> str:
        ranges = (each for origin in self.publisher.origins() for each in self.publisher.key_ranges(origin))
        return log_lines(each for each in ranges if retired or each.to_size is None)

    def policy(self) -> Policy:
        """The same, parsed."""
        return parse_policy(self.policy_text())

    def cover(self, origin: str, size: int) -> SignedCheckpoint:
        """A checkpoint of at least `size` entries, cosigned by the quorum if it can be had at once. LedgerError when
        the signer refuses or cannot be reached."""
        signed = self.publisher.cover(origin, size)
        if self.witnesses.quorum == NO_QUORUM:
            return signed
        policy, deadline = self.policy(), time.monotonic() + COSIGN_WAIT_S
        while not _accepts(policy, signed) and time.monotonic() < deadline:
            time.sleep(COSIGN_POLL_S)
            signed = self.publisher.cover(origin, size)
        return signed

    def standing(self, signed: SignedCheckpoint) -> Standing:
        """Who vouches for the checkpoint, by the operator's own word: retired keys count, no quorum is asked for."""
        return standing_of(signed, self._logs(retired=True), self.witness_lines)

    def reasons(self) -> tuple[str, ...]:
        """What is wrong, in sentences for health; empty: nothing."""
        alarms = [state.alarm or state.trouble for state in self.cosigning.states]
        return (*self.publisher.refusals(), *filter(None, alarms))

    def witness_states(self) -> tuple[WitnessState, ...]:
        """How it stands with each witness."""
        return self.cosigning.states

    def start(self) -> None:
        """Begin to publish."""
        self.publisher.start()

    def close(self) -> None:
        """Publish what has grown, then let go of all files."""
        self.files.close()


def _accepts(policy: Policy, signed: SignedCheckpoint) -> bool:
    try:
        policy.check(signed)
    except VerifyError:
        return False
    return True


def open_signing(settings: Settings, logs: Sequence[Ledger]) -> Signing:
    """Signing of `logs`, the ledger first. SettingsError for a witness file that cannot be; LedgerError when the signer's
    folder is in use or damaged."""
    lines, witnesses = read_witnesses(settings.witnesses)
    with contextlib.ExitStack() as files:
        checkpoints = Checkpoints(settings.checkpoints_path)
        files.callback(checkpoints.close)
        signer: Signer
        if settings.signer is not None:
            signer = SocketSigner(settings.signer)
        else:
            signer = LocalSigner(settings.signer_path, post_quantum=settings.post_quantum, given=settings.signer_keys)
            files.callback(signer.close)
        cosigning = Cosigning(witnesses.witnesses, checkpoints, http_post)
        files.callback(cosigning.close)
        place = (
            SignerPlace.APART if settings.signer is not None
            else SignerPlace.FOLDER if settings.signer_keys is None else SignerPlace.ENVIRONMENT
        )  # fmt: skip
        published = [
            PublishedLog(
                log,
                keys_path(settings.data, log.origin),
                heartbeat_s=settings.heartbeat_s if log is logs[0] else 0,
                place=place,
            )
            for log in logs
        ]
        publisher = Publisher(published, signer, checkpoints, after_publish=cosigning.ask)
        files.callback(publisher.close)
        return Signing(publisher, checkpoints, cosigning, witnesses, lines, files.pop_all())


def keys_path(data: Path, origin: str) -> Path:
    """The keys.json of a log in the data folder: `ledger.keys.json`, `access.keys.json`."""
    return data / f"{origin.rpartition('/')[2]}.keys.json"


def log_lines(ranges: Iterable[KeyRange]) -> str:
    """The `log` lines of a policy: one for each key."""
    return "".join(f"log {each.key.text}\n" for each in ranges)


def standing_of(signed: SignedCheckpoint, logs: str, witnesses: str) -> Standing:
    """Who vouches for a checkpoint, by the lines of a policy; no quorum is asked for."""
    policy = parse_policy(logs + witnesses)
    return Policy(policy.logs, policy.witnesses, policy.groups, NO_QUORUM).check(signed)


def read_witnesses(path: Path | None) -> tuple[str, Policy]:
    """The lines of the operator's witnesses, and what they say. SettingsError for a file that cannot be."""
    if path is None:
        lines = "quorum none\n"
        return lines, parse_policy(lines)
    place = "HEADWATER_WITNESSES"
    try:
        lines = path.read_text(encoding="utf-8")
        policy = parse_policy(lines)
    except (OSError, UnicodeDecodeError, VerifyError) as error:
        raise SettingsError(f"{place}: {path} cannot be used: {error}. Correct the file.", place=place) from error
    if policy.logs:
        raise SettingsError(
            f"{place}: {path} names logs. Leave those lines out: the service knows its own.", place=place
        )
    return lines if lines.endswith("\n") else lines + "\n", policy
