"""The doors: HTTP ingest, GraphQL, REST, the command line and the page. Everything behind them is in `lineage`."""
