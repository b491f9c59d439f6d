// Runs the audits of "GraphQL over HTTP" against the address given and prints each that is not fulfilled, as JSON.
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
const missed = results.filter((each) => each.status !== "ok").map(({ id, name, status, reason }) => ({ id, name, status, reason }));
console.log(JSON.stringify({ count: results.length, missed }));
