"""The verifier's arguments, apart from the verifier: `headwater` shows them without loading any cryptography."""

from __future__ import annotations

import argparse

DESCRIPTION = "check an evidence pack or a proof, offline, against a policy of your own"


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("subject", metavar="PACK|PROOF", help="an evidence pack (zip or folder), or a .tlog-proof file")
    parser.add_argument("--policy", required=True, metavar="FILE", help="whom you trust: a C2SP tlog-policy file")
    parser.add_argument("--entry", metavar="FILE", help="the proof's entry (default: what lies beside the proof)")
    parser.add_argument("--json", action="store_true", help="the report for programs")
