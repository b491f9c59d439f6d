"""The arguments of `headwater key …`; the rest of the tree is in arguments.py."""

import argparse
from collections.abc import Callable
from typing import Any

Part = Callable[[argparse.ArgumentParser], None]
Add = Callable[..., argparse.ArgumentParser]

_ROLES = (
    "scopes that go together: producer (lineage:ingest), reader (lineage:read), writer (and lineage:write), auditor "
    "(lineage:read, audit:read, audit:export), admin (all)"
)


def describe(key: Any, add: Add, *, service: Part, form: Part, page: Part) -> None:
    """Add the commands to the group `key` by `add(group, name, command, text, *parts)`."""
    create = add(key, "create", "keys:create", "make a key; its text is the last word printed, once", service, form)
    create.add_argument("label", metavar="LABEL", help="what it is for")
    create.add_argument(
        "--for", dest="owner", metavar="OWNER",
        help="the person or service whose it is, by an opaque id such as a personnel number (default: whoever makes it)",
    )  # fmt: skip
    create.add_argument("--role", choices=["producer", "reader", "writer", "auditor", "admin"], help=_ROLES)
    create.add_argument("--scope", action="append", default=[], metavar="SCOPE", help="such as lineage:read (repeat)")
    create.add_argument(
        "--namespace", action="append", metavar="NAME",
        help="what exists for it; end in * to mean all that begin so (repeat; default: all)",
    )  # fmt: skip
    create.add_argument(
        "--hide-tag", action="append", default=[], metavar="TAG", help="a tag whose nodes do not exist for it (repeat)"
    )
    create.add_argument("--counts", action="store_true", help="its answers may say how many nodes they left out")
    create.add_argument("--expires", metavar="TIME", help="when it ends: 2027-01-31, or so long from now as `90d`")
    listed = add(key, "list", "keys:list_keys", "keys that there ever were, the oldest first", service, form, page)
    revoke = add(key, "revoke", "keys:revoke", "from now on it opens nothing", service, form)
    revoke.add_argument("id", metavar="KEY", help="its id, lk_…")
    revoke.add_argument("--reason", default="", help="why, for those who read the record later")
    for each in (create, listed, revoke):
        each.add_argument("--data", help="work on this data folder while no service runs, instead of asking one")
