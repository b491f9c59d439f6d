"""SQL that lies in files or in query logs, as OpenLineage events: `headwater collect sql`.

A file *declares* what it does, so it becomes a job event; a line of a query log says what *ran*, so it becomes a run. The way of a
statement: its text (files.py, query_log.py) → the SQL engine's answer → facets (facets.py) → events (job_events.py, run_events.py).
Nothing here sends anything, and nothing here parses SQL itself.
"""

from collectors.statements.known import Column, KnownTables
from collectors.statements.reading import Frame, Reading

__all__ = ["Column", "Frame", "KnownTables", "Reading"]
