"""The GraphQL API: `router(context)` is all that the application needs of it.

Reading order: vocabulary.py and inputs.py (what clients say), answers.py, nodes.py, changes.py, payloads.py (what they
get), queries.py, record.py and mutations.py (who answers), schema.py and endpoint.py (how it hangs together).
"""

from api.graphql.endpoint import router
from api.graphql.schema import schema

__all__ = ["router", "schema"]
