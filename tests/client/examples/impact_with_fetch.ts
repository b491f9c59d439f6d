// What breaks downstream of a dataset, with nothing but fetch: node impact_with_fetch.js URL NAMESPACE NAME
import type { ImpactAnswer, NodeRef } from "./headwater.js";

const IMPACT = `
  query Impact($of: [NodeRef!]!, $after: String) {
    impact(of: $of, change: REMOVE, first: 50, after: $after) {
      items { node { namespace name column } certainty distance owners }
      pageInfo { hasNextPage endCursor }
      completeness { status }
    }
  }`;

interface Refusal { message: string; extensions: { code: string } }
interface Answer { data?: { impact: ImpactAnswer }; errors?: Refusal[] }

const [url, namespace, name] = process.argv.slice(2) as [string, string, string];
const key = process.env.HEADWATER_API_KEY;
const of: NodeRef[] = [{ dataset: { namespace, name } }];

async function page(after: string | null): Promise<ImpactAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({ query: IMPACT, variables: { of, after } }),
    signal: AbortSignal.timeout(60_000),
  });
  const { data, errors }: Answer = await response.json();
  if (data && !errors) return data.impact;
  console.error(errors?.[0]?.extensions.code, errors?.[0]?.message);
  process.exit(2);
}

let after: string | null = null;
do {
  const { items, pageInfo, completeness } = await page(after);
  for (const { certainty, node } of items) console.log([certainty, node.name, node.column ?? ""].join("\t"));
  after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  if (after === null) console.log(completeness.status);
} while (after !== null);
