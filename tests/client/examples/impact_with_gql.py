"""What breaks downstream of a dataset, with the Python library gql: python impact_with_gql.py URL NAMESPACE NAME."""

import os
import sys

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

IMPACT = gql("""
  query Impact($of: [NodeRef!]!, $after: String) {
    impact(of: $of, change: REMOVE, first: 50, after: $after) {
      items { node { namespace name column } certainty distance owners }
      pageInfo { hasNextPage endCursor }
      completeness { status }
    }
  }
""")


def main(url: str, namespace: str, name: str) -> int:
    """Print a line for each thing that is affected; exit status 2 where there is no such dataset."""
    key = os.environ.get("HEADWATER_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = Client(transport=HTTPXTransport(f"{url}/graphql", headers=headers))
    of = [{"dataset": {"namespace": namespace, "name": name}}]
    after = None
    while True:
        IMPACT.variable_values = {"of": of, "after": after}
        try:
            page = client.execute(IMPACT)["impact"]
        except TransportQueryError as error:
            [first, *_] = error.errors or [{}]
            print(first["extensions"]["code"], first["message"], file=sys.stderr)
            return 2
        for item in page["items"]:
            print(item["certainty"], item["node"]["name"], item["node"]["column"] or "", sep="\t")
        if not page["pageInfo"]["hasNextPage"]:
            print(page["completeness"]["status"])
            return 0
        after = page["pageInfo"]["endCursor"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
