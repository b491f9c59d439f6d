"""`python -m api.graphql.export [FILE]`: the schema as text, for docs/schema.graphql or `-` for standard output.

Beside docs/schema.graphql the reference for people is written too (reference.py). Tests keep both files true, so that a
change of the schema is seen in review.
"""

import sys
from pathlib import Path

from api.graphql import reference
from api.graphql.schema import schema

FILE = Path("docs/schema.graphql")
HEADER = '# Headwater\'s GraphQL schema, written by "python -m api.graphql.export". Do not edit.\n\n'


def text() -> str:
    """The whole file."""
    return HEADER + schema.as_str() + "\n"


def main(arguments: list[str]) -> int:
    """Write it; the exit code."""
    target = arguments[0] if arguments else str(FILE)
    if target == "-":
        sys.stdout.write(text())
        return 0
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(text(), encoding="utf-8")
    if Path(target) == FILE:
        reference.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
