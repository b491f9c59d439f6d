"""`python -m lineage.verify PACK|PROOF --policy FILE`: the verifier by itself, with no service installed beside it."""

from __future__ import annotations

import sys

from lineage.verify.command import main

if __name__ == "__main__":
    sys.exit(main())
