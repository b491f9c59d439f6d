"""The core: names, facts, time, ledger, stores and queries. It knows neither HTTP nor parsers."""
