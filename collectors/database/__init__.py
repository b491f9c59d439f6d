"""A database's catalogue as OpenLineage dataset events: `headwater collect database`.

The way of a table: the catalogue's answer (inspector.py, or duckdb_catalogue.py for DuckDB) → a Table (catalogue.py), named by
OpenLineage's rules (address.py) → a dataset event with its schema, comments, owner, keys and, for a view, lineage (events.py) → told
only where it is new or has changed since the last visit (visits.py). Nothing here sends anything. Nothing here prints, keeps or
passes on a password.
"""

from collectors.database.address import Address, address_of
from collectors.database.catalogue import Catalogue, Table
from collectors.database.opening import open_catalogue

__all__ = ["Address", "Catalogue", "Table", "address_of", "open_catalogue"]
