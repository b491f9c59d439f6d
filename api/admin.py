"""Statements of people (alias rules, distrust, stated facts) appended to the ledger.

The one idea: a statement is an entry like any event; it is in force once the projector has read it, and its index is
the receipt.
"""

from __future__ import annotations

from api.accepting import NORM, PRODUCT, Sender
from lineage.ledger import Draft, GroupCommit, Receipt
from lineage.statements import Statement, encode


def statement_draft(statement: Statement, sender: Sender) -> Draft:
    """The entry of a statement."""
    kind, norm = encode(statement)
    return Draft(
        kind=kind,
        parts={NORM: norm},
        actor=sender.actor,
        auth=sender.auth,
        request=sender.request,
        projector=PRODUCT,
    )


async def append_statement(commit: GroupCommit, statement: Statement, sender: Sender) -> Receipt:
    """Append it; returns when it is on disk. Errors as GroupCommit's."""
    return await commit.append(statement_draft(statement, sender))
