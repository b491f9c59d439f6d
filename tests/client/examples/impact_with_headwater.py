"""What breaks downstream of a dataset, with Headwater's own client: python impact_with_headwater.py URL NAMESPACE NAME."""

import os
import sys

from headwater.client import Client
from headwater.errors import NotFound
from headwater.inputs import DatasetRef, NodeRef
from headwater.words import ChangeKind


def main(url: str, namespace: str, name: str) -> int:
    """Print a line for each thing that is affected; exit status 2 where there is no such dataset."""
    of = [NodeRef(dataset=DatasetRef(namespace, name))]
    with Client(url, os.environ.get("HEADWATER_API_KEY")) as client:
        try:
            for page in client.impact_pages(of, change=ChangeKind.REMOVE, first=50):
                for item in page.items:
                    print(item.certainty, item.node.name, item.node.column or "", sep="\t")
        except NotFound as error:
            print(error.code, error, file=sys.stderr)
            return 2
    print(page.completeness.status)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
