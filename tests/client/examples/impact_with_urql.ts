// What breaks downstream of a dataset, with urql: node impact_with_urql.js URL NAMESPACE NAME
import { Client, fetchExchange, gql } from "@urql/core";
import type { ImpactAnswer, QueryImpactArguments } from "./headwater.js";

const IMPACT = gql<{ impact: ImpactAnswer }, QueryImpactArguments>`
  query Impact($of: [NodeRef!]!, $change: ChangeKind, $first: Int, $after: String) {
    impact(of: $of, change: $change, first: $first, after: $after) {
      items { node { namespace name column } certainty distance owners }
      pageInfo { hasNextPage endCursor }
      completeness { status }
    }
  }`;

const [url, namespace, name] = process.argv.slice(2) as [string, string, string];
const key = process.env.HEADWATER_API_KEY;
const client = new Client({
  url: `${url}/graphql`,
  exchanges: [fetchExchange],
  preferGetMethod: false,
  fetchOptions: { headers: key ? { authorization: `Bearer ${key}` } : {} },
});

async function page(after: string | null): Promise<ImpactAnswer> {
  const of = [{ dataset: { namespace, name } }];
  const { data, error } = await client.query(IMPACT, { of, change: "REMOVE", first: 50, after }).toPromise();
  if (data && !error) return data.impact;
  console.error(error?.graphQLErrors[0]?.extensions.code, error?.message);
  process.exit(2);
}

let after: string | null = null;
do {
  const { items, pageInfo, completeness } = await page(after);
  for (const { certainty, node } of items) console.log([certainty, node.name, node.column ?? ""].join("\t"));
  after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  if (after === null) console.log(completeness.status);
} while (after !== null);
