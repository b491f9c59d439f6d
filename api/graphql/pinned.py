"""`extensions.audit` of every answer: the state of the log that it is pinned to, and who vouches for that.

The one idea: an answer without a log state is a claim; with one, it can be held against the log later. It is read beside the
last question that was answered, so it covers all that the answer knows.
"""

from typing import Any

from strawberry.extensions import SchemaExtension

from api.graphql.context import RequestContext
from lineage.errors import Overloaded


class Pinned(SchemaExtension):
    """Adds `audit` to the extensions: size, root (hexadecimal), asOfIndex, and status in words."""

    async def get_results(self) -> dict[str, Any]:
        """Nothing where there is no answer, or the state cannot be read."""
        asked = self.execution_context
        context = asked.context
        if not isinstance(context, RequestContext) or getattr(asked.result, "data", None) is None:
            return {}
        if context.log_state is None:  # nothing was read: still the log has a state
            try:
                await context.desk.ask(_nothing)
            except Overloaded:  # an answer that needed no reading is not refused for this
                return {}
        state = context.log_state
        if state is None:
            return {}
        # numbers as text, as GraphQL's Long
        told = {"size": str(state.size), "root": state.root.hex(), "asOfIndex": str(state.as_of_index)}
        return {"audit": {**told, "status": state.status}}


def _nothing() -> None:
    """A visit to the desk for what is noted there."""
