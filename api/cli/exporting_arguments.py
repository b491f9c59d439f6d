"""The arguments of `headwater audit questions`, `audit ask`, `audit export` and `audit proof`."""

import argparse
from collections.abc import Callable
from typing import Any

Part = Callable[[argparse.ArgumentParser], None]
Add = Callable[..., argparse.ArgumentParser]


def describe(audit: Any, add: Add, *, service: Part, form: Part) -> None:
    """Add the four commands to the group `audit`; the functions are those of arguments.py."""
    add(
        audit,
        "questions",
        "exporting:questions",
        "the questions that law and auditors ask, and what they take",
        service,
        form,
    )
    ask = add(audit, "ask", "exporting:ask", "the answer to one of them", service, form)
    export = add(
        audit, "export", "exporting:export", "an answer as a pack of evidence that strangers can check", service
    )
    for command in (ask, export):
        command.add_argument("query", metavar="QUERY", help="Q1 … Q19, or a question's whole name")
        command.add_argument(
            "variables", nargs="*", metavar="NAME=VALUE",
            help="its variables; a node is 'NAMESPACE NAME[#COLUMN]', a time as in --at, a list is comma-separated",
        )  # fmt: skip
        command.add_argument(
            "--at-size",
            metavar="N",
            help="as of the smallest kept checkpoint of so many entries: the same answer again",
        )
    proof = add(audit, "proof", "exporting:proof", "an entry with its proof, as files for `audit verify`", service)
    proof.add_argument("index", nargs="+", type=int, metavar="ENTRY", help="ledger indexes, as answers cite them")
    proof.add_argument("-o", "--output", default=".", metavar="DIR", help="the folder for N.json and N.tlog-proof")
    ask.add_argument("--first", type=int, default=50, metavar="N", help="how many rows at most (default 50)")
    ask.add_argument("--after", metavar="CURSOR", help="the page after this one")
    export.add_argument(
        "-o", "--output", default="evidence.zip", metavar="FILE", help="where to (default evidence.zip)"
    )
    export.add_argument("--with-received", action="store_true", help="received bytes too; needs the scope payload:read")
