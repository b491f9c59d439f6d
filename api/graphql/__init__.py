"""The GraphQL API: `router(context)` is all that the application needs of it.

Reading order: vocabulary.py and inputs.py (what clients say), answers.py, properties.py, nodes.py, changes.py, payloads.py (what they
get), queries.py, record.py, mutations.py and subscriptions.py with feed.py (who answers), schema.py (how it hangs together),
admission.py and cost.py (what may be asked), long_questions.py and handover.py (what another process answers), compiled.py
(how answers are put together), endpoint.py and sockets.py (how it is carried).
"""

from api.graphql.endpoint import router
from api.graphql.schema import schema

__all__ = ["router", "schema"]
