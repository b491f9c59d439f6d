"""`extensions.audit` of every answer: the state of the log that it is pinned to, and who vouches for that.

The one idea: an answer without a log state is a claim; with one, it can be held against the log later. The state is the
newest signed head where that covers all that the graph knew, else the log as it is, not signed yet.
"""

from typing import Any

from strawberry.extensions import SchemaExtension

from api.context import AppContext
from api.graphql.context import RequestContext
from lineage.errors import HeadwaterError

NOT_YET = "not signed yet"


class Pinned(SchemaExtension):
    """Adds `audit` to the extensions: size, root (hexadecimal), asOfIndex, and status in words."""

    async def get_results(self) -> dict[str, Any]:
        """Nothing where there is no answer, or the graph cannot be reached."""
        asked = self.execution_context
        context = asked.context
        if not isinstance(context, RequestContext) or getattr(asked.result, "data", None) is None:
            return {}
        try:
            return {"audit": await context.desk.ask(log_state, context.app)}
        except HeadwaterError:  # the answer is right all the same; readiness says what is away
            return {}


def log_state(app: AppContext) -> dict[str, str]:
    """The state of the log, with the numbers as text, as GraphQL's Long."""
    known = app.graph.applied()
    signed = app.signing.checkpoints.latest(app.ledger.origin)
    if signed is not None and signed.checkpoint.size >= known:
        size, root = signed.checkpoint.size, signed.checkpoint.root
        status = "; ".join(app.vouching.words(app.signing, signed))
    else:
        size = app.ledger.size()
        root, status = app.ledger.root(size), NOT_YET
    return {"size": str(size), "root": root.hex(), "asOfIndex": str(known), "status": status}
