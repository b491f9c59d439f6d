"""`audit verify`: the verifier that also runs as `python -m lineage.verify`, and nothing else, so that it starts at once."""

import argparse
from pathlib import Path

from lineage.verify.command import run


def verify(options: argparse.Namespace) -> int:
    """0 verified, 1 tampered with, 2 usage, 3 not reachable, 4 incomplete."""
    return run(Path(options.subject), Path(options.policy), options.entry, as_json=options.json)
