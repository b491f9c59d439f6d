"""The verifier's command: an evidence pack, or one proof with the entry that it proves.

0 verified   1 tampered with   2 wrong usage, or a policy that cannot be read   3 not reachable   4 incomplete
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lineage.verify.arguments import DESCRIPTION, describe
from lineage.verify.bundle import verify_bundle
from lineage.verify.policy import Policy, parse_policy
from lineage.verify.proof import parse_proof, verify_proof
from lineage.verify.refusal import VerifyError
from lineage.verify.report import UNREACHABLE, USAGE, Report

PROOF_SUFFIX = ".tlog-proof"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with these arguments; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lineage.verify", description=DESCRIPTION)
    describe(parser)
    options = parser.parse_args(arguments)
    return run(Path(options.subject), Path(options.policy), options.entry, as_json=options.json)


def run(subject: Path, policy_path: Path, entry: str | None, *, as_json: bool) -> int:
    """Verify and print; the exit status."""
    try:
        policy = parse_policy(policy_path.read_bytes())
    except (OSError, VerifyError) as error:
        return _complain(f"The policy {policy_path} cannot be used: {error}. Give another with --policy.", USAGE)
    try:
        if subject.suffix == PROOF_SUFFIX:
            report = _verify_proof_file(subject, Path(entry) if entry else None, policy)
        else:
            subject.stat()
            report = verify_bundle(subject, policy)
    except FileNotFoundError as error:
        return _complain(f"There is no file {error.filename}. Correct the path.", USAGE)
    except OSError as error:
        return _complain(f"{subject} cannot be read: {error}.", UNREACHABLE)
    sys.stdout.write(report.to_json() + "\n" if as_json else "\n".join(report.lines()) + "\n")
    return report.exit_code


def _verify_proof_file(path: Path, entry: Path | None, policy: Policy) -> Report:
    report = Report(subject=path.name)
    with report.checking(path.name):
        proof = parse_proof(path.read_bytes())
        if entry is None:
            beside = (path.parent / f"{proof.index}.json", path.parent.parent / "entries" / f"{proof.index}.json")
            entry = next((each for each in beside if each.is_file()), None)
        if entry is None and not proof.extra:
            report.gap(path.name, f"the entry {proof.index} that it proves is not beside it. Give it with --entry")
            return report
        leaf = entry.read_bytes() if entry else proof.extra  # what is extra is trusted no more than what is beside
        proved = verify_proof(proof, leaf, policy)
        head = proved.signed.checkpoint
        report.count("entries")
        report.say(
            f"entry {proof.index} ({proved.leaf.kind}, {proved.leaf.time}) is in {head.origin}, size {head.size}"
        )
        for statement in proved.standing.words():
            report.say(statement)
    return report


def _complain(message: str, status: int) -> int:
    print(f"verify: {message}", file=sys.stderr)
    return status
