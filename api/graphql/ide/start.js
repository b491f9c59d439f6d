// GraphiQL on this service. Queries and mutations are posted; subscriptions are read as server-sent events, so that a key in
// the headers' tab serves both. The key is kept nowhere: GraphiQL stores no headers unless it is told to.
"use strict";

const ADDRESS = "/graphql";

const EXAMPLE = `# Where does a table's data come from, and how much of that is known?
#
# A key, where the service needs one, goes into "Headers" below:  {"Authorization": "Bearer KEY"}

query Where {
  search(query: "orders", kinds: [DATASET], first: 5) {
    nodes { id namespace name }
  }
  ledger { size graphIndex lagSeconds }
}
`;

function ask(body, headers, accept, signal) {
  return fetch(ADDRESS, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers, Accept: accept },
    body: JSON.stringify(body),
    signal,
  });
}

async function answer(body, headers) {
  const told = await ask(body, headers, "application/graphql-response+json, application/problem+json;q=0.9");
  const text = await told.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `HTTP ${told.status}: ${text.slice(0, 500)}` }] };
  }
}

async function* events(body, headers) {
  const stop = new AbortController();
  try {
    const told = await ask(body, headers, "text/event-stream", stop.signal);
    if (!told.headers.get("content-type")?.startsWith("text/event-stream")) {
      yield await told.json();
      return;
    }
    const reader = told.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\r\n\r\n");
      rest = parts.pop();
      for (const part of parts) {
        if (part.startsWith("event: complete")) return;
        const data = part.split("\r\n").find((line) => line.startsWith("data: "));
        if (data) yield JSON.parse(data.slice(6));
      }
    }
  } finally {
    stop.abort();
  }
}

// Whether the operation that is meant is a subscription, by the document that GraphiQL has parsed.
function subscribes(body, options) {
  const operations = options?.documentAST?.definitions?.filter((each) => each.kind === "OperationDefinition") ?? [];
  const meant = operations.find((each) => !body.operationName || each.name?.value === body.operationName);
  return meant?.operation === "subscription";
}

function fetcher(body, options) {
  const headers = options?.headers ?? {};
  return subscribes(body, options) ? events(body, headers) : answer(body, headers);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: EXAMPLE,
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
