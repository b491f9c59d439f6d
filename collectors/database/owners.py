"""What SQLAlchemy's inspector does not ask: who owns what, and which tables are only parts of others."""

from typing import Final

OWNERS: Final = {
    "postgresql": """
        SELECT c.relname, pg_catalog.pg_get_userbyid(c.relowner), c.relispartition
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = :schema AND c.relkind IN ('r', 'v', 'm', 'p', 'f')""",
}
"""SQLAlchemy's name of the system -> (name, owner, whether it is a partition of another table) of all in `:schema`."""
