"""fsck's checks 6 and 7: the log against every head of it that was ever signed and kept.

    6  each kept checkpoint, and the signer's memory, is a head of this very log: else it was rewritten or cut off
    7  each is signed by a key that counts for its size, by the policy; keys.json says what the log's entries say

Whether these files agree with one another, and whether one of them was taken away, is agreement.py's part of both.
What was found between two checkpoints is named as a range of entries, so that a person knows where to look.
"""

from __future__ import annotations

from collections.abc import Sequence

from lineage.errors import LedgerError
from lineage.ledger import Ledger
from lineage.ledger.check_report import CheckReport
from lineage.signing.agreement import HEADS, KEYS, Agreement
from lineage.signing.kept import CHECKPOINTS, MEMORY, Kept
from lineage.signing.key_ranges import ADDED, KeyRange, Rotation, decode_ranges, ranges_of, read_rotations
from lineage.signing.memory import Remembered
from lineage.verify.checkpoint import SignedCheckpoint, parse_checkpoint
from lineage.verify.keys import signatures_of
from lineage.verify.policy import NO_QUORUM, Policy, cosigners
from lineage.verify.refusal import VerifyError

A_CHECKPOINT = f"a checkpoint in {CHECKPOINTS}"
THE_MEMORY = f"the signer's memory ({MEMORY})"


def check_heads(ledger: Ledger, kept: Kept, policy: Policy | None) -> CheckReport:
    """Check the kept heads of `ledger`. Without a policy its own keys.json says which keys count, which is said."""
    report = CheckReport()
    heads = _signed_heads(ledger, kept, report)
    agreement = Agreement(ledger, kept, heads)
    ranges = _ranges(ledger, kept, policy, agreement, report)
    _check_roots(ledger, heads, kept.remembered, agreement, report)
    agreement.check_files()
    report.add(agreement.report)
    accepted = [signed for signed in heads if _check_signatures(signed, ranges, policy, report)]
    _state_cover(ledger, accepted, policy, report)
    return report


def _signed_heads(ledger: Ledger, kept: Kept, report: CheckReport) -> list[SignedCheckpoint]:
    heads: list[SignedCheckpoint] = []
    for size, note in kept.rows:
        try:
            signed = parse_checkpoint(note)
        except VerifyError as error:
            report.found(HEADS, f"the kept checkpoint of size {size} cannot be read: {error.message}")
            continue
        if (signed.checkpoint.origin, signed.checkpoint.size) != (ledger.origin, size):
            report.found(
                HEADS, f"the kept checkpoint of size {size} is about {signed.checkpoint.origin} at another size"
            )
            continue
        heads.append(signed)
    return heads


def _check_roots(
    ledger: Ledger,
    heads: Sequence[SignedCheckpoint],
    remembered: Remembered | None,
    agreement: Agreement,
    report: CheckReport,
) -> None:
    size = ledger.size()
    sources = [(each.checkpoint, A_CHECKPOINT) for each in heads]
    # of the heads before the last the checkpoints tell, and whether they are all there is checked by their sizes
    sources += [(remembered.last, THE_MEMORY)] if remembered else []
    beyond = [(head, source) for head, source in sources if head.size > size]
    if beyond:
        head, source = max(beyond, key=lambda each: each[0].size)
        report.found(
            HEADS,
            f"{source} says that the log had {head.size} entries, it has {size} now: "
            "it was cut off, or an old copy was put in its place",
            size,
        )
    good = 0
    for head, source in sorted((each for each in sources if each[0].size <= size), key=lambda each: each[0].size):
        try:
            root = ledger.root(head.size)
        except (LedgerError, LookupError) as error:
            report.found(HEADS, f"the root at size {head.size} cannot be made: {error}")
            return
        if root != head.root and source == THE_MEMORY and agreement.changed_memory(head):
            report.found(
                HEADS,
                f"{source} says that another root was signed at size {head.size} than checkpoint and log: it was changed",
            )
            continue
        if root != head.root:
            report.found(
                HEADS,
                f"the root at size {head.size} is not the one in {source}: history was rewritten in the entries "
                f"{good} to {head.size - 1}",
                good,
            )
            return  # later heads cover the same entries
        good = head.size


def _ranges(
    ledger: Ledger, kept: Kept, policy: Policy | None, agreement: Agreement, report: CheckReport
) -> tuple[KeyRange, ...]:
    """Which key counts for which sizes: from the policy and the log. keys.json is compared with it."""
    published: tuple[KeyRange, ...] = ()
    try:
        if kept.keys_json is not None:
            origin, published = decode_ranges(kept.keys_json)
            if origin != ledger.origin:
                report.found(KEYS, f"{kept.keys_name} belongs to the log {origin}")
                published = ()
    except LedgerError as error:
        report.found(KEYS, f"{kept.keys_name}: {error.message}")
    try:
        rotations = list(read_rotations(ledger))
    except LedgerError as error:
        report.found(KEYS, error.message)
        rotations = []
    announced = {each.key for _, each in rotations if each.operation == ADDED}
    if policy is None:
        first = [each.key for each in published if each.key not in announced]
        if first:
            report.statements.append(
                "signatures are checked with the operator's own keys: give --policy to trust nobody"
            )
    else:
        first = [key for key in policy.keys_of(ledger.origin) if key not in announced]
        if not policy.keys_of(ledger.origin):
            report.found(KEYS, f"the policy names no log {ledger.origin}")
    expected = ranges_of(first, rotations)
    if kept.keys_json is not None:
        _compare_keys(kept.keys_name, published, expected, policy, rotations, agreement, report)
    agreement.check_keys(published, expected)
    return expected


def _compare_keys(
    name: str,
    published: Sequence[KeyRange],
    expected: Sequence[KeyRange],
    policy: Policy | None,
    rotations: Sequence[tuple[int, Rotation]],
    agreement: Agreement,
    report: CheckReport,
) -> None:
    told = {each.key: each for each in published}
    named_in_log = {each.key for _, each in rotations}
    for wanted in expected:
        key_id = wanted.key.key_id.hex()
        if wanted.key not in told:
            if agreement.signed_any(wanted):
                report.found(KEYS, f"{name} leaves out the key {key_id}, which signed kept checkpoints")
            elif wanted.key in named_in_log:
                report.found(KEYS, f"{name} leaves out the key {key_id}, which the log names")
        elif told[wanted.key] != wanted:
            stated = told[wanted.key]
            report.found(
                KEYS,
                f"{name} says that the key {key_id} counts from {stated.from_size} to {stated.to_size}, the log says "
                f"from {wanted.from_size} to {wanted.to_size}: {name} was forged",
            )
    known = {each.key for each in expected}
    for key in told.keys() - known if policy is not None else ():
        report.found(KEYS, f"{name} names the key {key.key_id.hex()}, which neither the policy nor the log knows")


def _check_signatures(
    signed: SignedCheckpoint, ranges: Sequence[KeyRange], policy: Policy | None, report: CheckReport
) -> bool:
    """Whether the checkpoint counts; if not, a finding says why, unless a key signed it that only the log knows: then it
    vouches for nothing here, and its root was compared all the same."""
    size = signed.checkpoint.size
    try:
        signers = [each for each in ranges if signatures_of(each.key, signed)]
        cosigned = cosigners(policy.witnesses, signed) if policy else {}
    except VerifyError as error:
        report.found(KEYS, f"the kept checkpoint of size {size}: {error.message}")
        return False
    if not signers:
        if ranges:
            report.found(KEYS, f"the kept checkpoint of size {size} is signed by no key that counts")
        return False
    trusted = (
        signers
        if policy is None
        else [each for each in signers if each.key in policy.keys_of(signed.checkpoint.origin)]
    )
    if any(each.covers(size) for each in signers):
        return any(each.covers(size) for each in trusted)
    if trusted and policy is not None and policy.quorum != NO_QUORUM and policy.met(cosigned):
        return True
    late = signers[0]
    report.found(
        KEYS,
        f"the checkpoint of size {size} is signed only by the key {late.key.key_id.hex()}, which counts for the sizes "
        f"{late.from_size} to {late.to_size}, and no quorum of witnesses vouches for it",
    )
    return False


def _state_cover(
    ledger: Ledger, accepted: Sequence[SignedCheckpoint], policy: Policy | None, report: CheckReport
) -> None:
    size = ledger.size()
    if not accepted:
        if policy is not None:
            report.gaps.append("no kept checkpoint is one that the policy accepts: nobody vouches for this log")
        elif size:
            report.statements.append("no checkpoint is kept: nobody vouches for this log")
        return
    newest = accepted[-1].checkpoint.size
    report.statements.append(f"checkpoints are kept, the newest that counts of size {newest}")
    if newest < size:
        report.statements.append(f"{size - newest} entries came later: no signature covers them yet")
    if policy is None or policy.quorum == NO_QUORUM:
        report.statements.append("cosigned by nobody" if policy is None else "the policy asks for no witness")
        return
    witnessed = [each for each in accepted if policy.met(cosigners(policy.witnesses, each))]
    if witnessed:
        names = ", ".join(sorted(cosigners(policy.witnesses, witnessed[-1])))
        report.statements.append(f"up to size {witnessed[-1].checkpoint.size} cosigned by the quorum ({names})")
    else:
        report.gaps.append(f"no kept checkpoint has the policy's quorum {policy.quorum!r}")
