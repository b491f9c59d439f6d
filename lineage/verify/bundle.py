"""An evidence pack, checked from the policy down: signature, checkpoint, proofs, entries, payloads, and the answer.

    checkpoint                       the ledger's signed head: everything hangs on it
    entries/N.json                   a leaf, byte for byte;  proofs/N.tlog-proof  its way to the head
    parts/N.NAME, parts/N.NAME.key   a payload part and the key (base64) under which the leaf commits to it
    consistency/M.checkpoint, M.proof   an older head, and that the log only grew since
    ipe.json                         what was asked, and the SHA-256 of each other file
    export/…                         the access log's own entry about this export, which commits to ipe.json

So an answer that was edited breaks ipe.json, an ipe.json that was made anew breaks the export entry's commitment, and
that entry is signed. Without the export's part the answer rests on nobody's word, and that is said.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from lineage.verify import base64_text
from lineage.verify.checkpoint import SignedCheckpoint, parse_checkpoint
from lineage.verify.files import SMALL_FILE_BYTES_MAX, PackFiles, chunks, open_pack, read
from lineage.verify.leaf import KEY_BYTES, Leaf
from lineage.verify.policy import Policy
from lineage.verify.proof import (
    check_consistency,
    check_inclusion,
    parse_consistency,
    parse_proof,
    verify_proof,
)
from lineage.verify.refusal import Malformed, Rejected, VerifyError
from lineage.verify.report import Report

CHECKPOINT, IPE, EXPORT = "checkpoint", "ipe.json", "export/"
EXPORT_ENTRY, EXPORT_PROOF, EXPORT_CHECKPOINT, EXPORT_KEY = (
    "export/entry.json", "export/proof.tlog-proof", "export/checkpoint", "export/ipe.key",
)  # fmt: skip
EXPORT_KIND, EXPORT_PART = "export", "ipe"
_ENTRY = re.compile(r"entries/(0|[1-9]\d{0,18})\.json")
_PROOF = re.compile(r"proofs/(0|[1-9]\d{0,18})\.tlog-proof")
_PART = re.compile(r"parts/(0|[1-9]\d{0,18})\.([a-z][a-z0-9-]{0,31})(\.key)?")
_OLDER = re.compile(r"consistency/(0|[1-9]\d{0,18})\.(checkpoint|proof)")


def access_origin(origin: str) -> str:
    """The access log's name beside the ledger's: `acme.example/ledger` → `acme.example/access`."""
    return f"{origin.removesuffix('/ledger')}/access"


def verify_bundle(path: Path, policy: Policy) -> Report:
    """Check the pack at `path` (a zip, or a folder). All that is wrong is in the report; OSError when the file itself
    cannot be read."""
    report = Report(subject=path.name)
    with report.checking(""), open_pack(path) as files:
        _Bundle(files, policy, report).check()
    return report


@dataclass(slots=True)
class _Bundle:
    files: PackFiles
    policy: Policy
    report: Report

    def check(self) -> None:
        signed = self._head(CHECKPOINT)
        self._files()
        if signed is None:
            self.report.gap("", "without a checkpoint that the policy accepts, no entry can be checked")
            return
        leaves = self._entries(signed)
        self._parts(leaves)
        self._older_heads(signed)
        self._ipe_head(signed)
        self._export(access_origin(signed.checkpoint.origin))

    def _head(self, name: str) -> SignedCheckpoint | None:
        """A checkpoint that the policy accepts, or None and a finding."""
        try:
            signed = parse_checkpoint(read(self.files, name, bytes_max=SMALL_FILE_BYTES_MAX))
            for statement in self.policy.check(signed).words():
                self.report.say(f"{signed.checkpoint.origin} at size {signed.checkpoint.size}: {statement}")
        except VerifyError as error:
            self.report.found(name, error.message)
            return None
        self.report.count("checkpoints")
        return signed

    # The files as listed

    def _files(self) -> None:
        """Each file is listed in ipe.json with its hash, and each listed file is there."""
        listed: dict[str, str] = {}
        with self.report.checking(IPE):
            listed = self._listed()
        for name in sorted(self.files.names - {IPE}):
            if name.startswith(EXPORT):
                continue  # made after ipe.json; checked by its own signature
            with self.report.checking(name):
                digest = hashlib.sha256()
                for piece in chunks(self.files, name):
                    digest.update(piece)
                if name not in listed:
                    raise Rejected("was added: ipe.json does not list it")
                if digest.hexdigest() != listed[name]:
                    raise Rejected("was changed: its SHA-256 is not the one in ipe.json")
                self.report.count("files")
        for name in sorted(listed.keys() - self.files.names):
            self.report.found(name, "was taken out: ipe.json lists it")

    def _listed(self) -> dict[str, str]:
        listed = self._ipe().get("files")
        if not isinstance(listed, dict) or not all(isinstance(each, str) for each in listed.values()):
            raise Malformed("`files` does not map paths to hashes")
        return listed

    def _ipe(self) -> dict[str, object]:
        try:
            ipe = json.loads(read(self.files, IPE))
        except (ValueError, RecursionError) as error:
            raise Malformed(f"not JSON ({error})") from error
        if not isinstance(ipe, dict):
            raise Malformed("not a JSON object")
        return ipe

    def _ipe_head(self, signed: SignedCheckpoint) -> None:
        with self.report.checking(IPE):
            stated = self._ipe().get("checkpoint")
            if stated != signed.encode():
                raise Rejected("was made for another checkpoint than the one beside it")

    # Entries and their payloads

    def _entries(self, signed: SignedCheckpoint) -> dict[int, Leaf]:
        entries = {int(found[1]): name for name in self.files.names if (found := _ENTRY.fullmatch(name))}
        proofs = {int(found[1]): name for name in self.files.names if (found := _PROOF.fullmatch(name))}
        leaves: dict[int, Leaf] = {}
        for index in sorted(entries.keys() | proofs.keys()):
            name = entries.get(index, f"entries/{index}.json")
            proof_name = proofs.get(index, f"proofs/{index}.tlog-proof")
            with self.report.checking(proof_name):
                proof = parse_proof(read(self.files, proof_name, bytes_max=SMALL_FILE_BYTES_MAX))
                if proof.index != index:
                    raise Rejected(f"is the proof of entry {proof.index}")
                if proof.checkpoint != signed.encode():
                    raise Rejected("rests on another checkpoint than the bundle's")
                with self.report.checking(name):
                    leaf = read(self.files, name, bytes_max=SMALL_FILE_BYTES_MAX)
                    leaves[index] = check_inclusion(proof, leaf, signed)
                    self.report.count("entries")
        self._order(leaves)
        return leaves

    def _order(self, leaves: dict[int, Leaf]) -> None:
        last: Leaf | None = None
        for index, leaf in leaves.items():
            if last is not None and leaf.time < last.time:
                self.report.found(f"entries/{index}.json", f"is older than entry {last.index} before it: backdated")
            last = leaf

    def _parts(self, leaves: dict[int, Leaf]) -> None:
        seen = {
            (int(found[1]), found[2]) for name in self.files.names if (found := _PART.fullmatch(name))
        }  # with the payload, the key, or both
        for index, name in sorted(seen):
            place = f"parts/{index}.{name}"
            with self.report.checking(place):
                leaf = leaves.get(index)
                part = leaf.part(name) if leaf else None
                if part is None:
                    raise Rejected("no entry of this bundle commits to it")
                part.check(read(self.files, place), self._key(f"{place}.key"))
                self.report.count("payloads")
        closed = sum((index, part.name) not in seen for index, leaf in leaves.items() for part in leaf.parts)
        if closed:
            self.report.say(f"{closed} payloads are not disclosed here; their commitments stand in the entries")

    def _key(self, name: str) -> bytes:
        text = read(self.files, name, bytes_max=SMALL_FILE_BYTES_MAX).decode("ascii", "replace")
        return base64_text.decode(text.removesuffix("\n"), length=KEY_BYTES)

    def _older_heads(self, signed: SignedCheckpoint) -> None:
        sizes = {int(found[1]) for name in self.files.names if (found := _OLDER.fullmatch(name))}
        for size in sorted(sizes):
            older = self._head(f"consistency/{size}.checkpoint")
            place = f"consistency/{size}.proof"
            with self.report.checking(place):
                proof = parse_consistency(read(self.files, place, bytes_max=SMALL_FILE_BYTES_MAX))
                if older is None:
                    continue
                if (proof.old_size, older.checkpoint.size) != (size, size) or proof.checkpoint != signed.encode():
                    raise Rejected("is about other checkpoints than those beside it")
                check_consistency(older, signed, proof.hashes)
                self.report.say(f"the first {size} entries are unchanged between the two checkpoints")

    # Who exported it

    def _export(self, origin: str) -> None:
        """The access log's entry about this export commits to ipe.json, and with it to every file."""
        if not any(name.startswith(EXPORT) for name in self.files.names):
            self.report.gap(EXPORT, "is not there: entries and payloads are proved, the answer rests on nobody's word")
            return
        if not self.policy.keys_of(origin):
            self.report.gap(EXPORT, f"the policy names no log {origin}, so the answer rests on nobody's word")
            return
        expected = {EXPORT_ENTRY, EXPORT_PROOF, EXPORT_CHECKPOINT, EXPORT_KEY}
        for name in sorted(name for name in self.files.names if name.startswith(EXPORT) and name not in expected):
            self.report.found(name, "was added: it is no part of an export")
        head = self._head(EXPORT_CHECKPOINT)
        with self.report.checking(EXPORT_ENTRY):
            leaf = read(self.files, EXPORT_ENTRY, bytes_max=SMALL_FILE_BYTES_MAX)
            with self.report.checking(EXPORT_PROOF):
                proof = parse_proof(read(self.files, EXPORT_PROOF, bytes_max=SMALL_FILE_BYTES_MAX))
                if head is not None and proof.checkpoint != head.encode():
                    raise Rejected("rests on another checkpoint than the one beside it")
                proved = verify_proof(proof, leaf, self.policy)
                if proved.leaf.origin != origin or proved.leaf.kind != EXPORT_KIND:
                    raise Rejected(f"is about a {proved.leaf.kind} of {proved.leaf.origin}, not an export of {origin}")
                self._ipe_commitment(proved.leaf)

    def _ipe_commitment(self, leaf: Leaf) -> None:
        part = leaf.part(EXPORT_PART)
        if part is None:
            raise Rejected("does not commit to an ipe.json")
        with self.report.checking(EXPORT_KEY):
            key = self._key(EXPORT_KEY)
            with self.report.checking(IPE):
                try:
                    part.check(read(self.files, IPE), key)
                except Rejected as error:
                    raise Rejected(f"is not what the export entry committed to: {error.message}") from error
                who = leaf.actor or "somebody"
                self.report.say(f"exported at {leaf.time} by {who}: entry {leaf.index} of {leaf.origin}")
