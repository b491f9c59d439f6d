"""The arguments of `headwater audit …`; the rest of the tree is in arguments.py."""

import argparse
from collections.abc import Callable
from typing import Any

from lineage.verify import arguments as verifier

Part = Callable[[argparse.ArgumentParser], None]
Add = Callable[..., argparse.ArgumentParser]


def describe(audit: Any, add: Add, *, service: Part, form: Part) -> None:
    """Add the commands to the group `audit` by `add(group, name, command, text, *parts)`."""
    verifier.describe(add(audit, "verify", "verifying:verify", verifier.DESCRIPTION))
    fsck = add(audit, "fsck", "auditing:fsck", "re-hash every entry, open every payload, check every signature", form)
    fsck.add_argument(
        "log", nargs="?", metavar="LOG", help="a log's URL, or a folder of tiles, instead of a data folder"
    )
    fsck.add_argument("--data", help="the data folder (default ./headwater-data)")
    fsck.add_argument("--store", help="the graph to compare with --graph (default: the one in the data folder)")
    fsck.add_argument("--keyring", help="the folder of the payloads' keys (default: keyring in the data folder)")
    fsck.add_argument("--signer", help="the socket of a signer that runs apart, to be asked what it remembers")
    fsck.add_argument("--api-key", help="the key for a log's URL; better in HEADWATER_API_KEY")
    fsck.add_argument("--no-payloads", action="store_true", help="the tree only: leaves, tiles, root, checkpoints")
    fsck.add_argument("--policy", metavar="FILE", help="whom you trust: a C2SP tlog-policy file")
    fsck.add_argument(
        "--since", metavar="FILE", help="a checkpoint that was verified before: read only what came after"
    )
    fsck.add_argument(
        "--minimum-index",
        type=int,
        default=0,
        metavar="N",
        help="of an access log's URL or tiles: entries before N may be pruned, their hashes serve",
    )
    fsck.add_argument("--graph", action="store_true", help="replay the ledger and compare the graph with it")
    fsck.add_argument("--access", action="store_true", help="the access log instead of the ledger")
    checkpoint = add(audit, "checkpoint", "auditing:checkpoint", "the newest signed head, to keep elsewhere", service)
    checkpoint.add_argument("--data", help="read it from this data folder instead of asking the service")
    checkpoint.add_argument("--access", action="store_true", help="of the access log")
    add(audit, "policy", "auditing:policy", "the keys in force and the witnesses, as a tlog-policy", service)
    add(audit, "signing", "auditing:signing", "who vouches for the logs now: exit 1 if somebody refuses", service, form)
    add(audit, "rotate-key", "auditing:rotate_key", "a new signing key for each log, named in the log itself", service)
    digest = add(
        audit, "digest", "auditing:graph_digest", "say in the ledger what the graph is, for fsck --graph later", service
    )
    digest.add_argument("--data", help="the data folder (default ./headwater-data)")
    digest.add_argument("--store", help="the graph: sqlite: (default), or neo4j://user:password@host:7687/database")
    digest.add_argument(
        "--offline", action="store_true", help="no service runs: append the entry to the folder's ledger"
    )
    watch = add(audit, "watch", "witnessing:watch", "keep a log's last head and alarm when it does not only grow")
    watch.add_argument("log", metavar="URL", help="the log, such as https://lineage.example/log")
    watch.add_argument("--policy", required=True, metavar="FILE", help="whom you trust: a C2SP tlog-policy file")
    watch.add_argument("--head", required=True, metavar="FILE", help="where the last head is kept, on your machine")
    watch.add_argument("--every", type=float, default=60.0, metavar="S", help="seconds between two looks (default 60)")
    watch.add_argument(
        "--silent-after", type=int, metavar="S", help="alarm also when the newest entry is older than this"
    )
    watch.add_argument("--once", action="store_true", help="one look: 0 fine, 1 alarm, 3 not reachable")
    watch.add_argument("--api-key", help="the log's key; better in HEADWATER_API_KEY")
    witness = add(audit, "witness", "witnessing:witness", "a small witness: cosigns heads of logs that only grow")
    witness.add_argument("--folder", required=True, metavar="DIR", help="its key and memory; never lose or copy it")
    witness.add_argument("--policy", required=True, metavar="FILE", help="the logs that it knows: their `log` lines")
    witness.add_argument("--name", help="its key's name at the first start, such as audit.acme.example/w1")
    witness.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    witness.add_argument("--port", type=int, default=8766, help="port to listen on (default 8766; 0: a free one)")
    witness.add_argument("--refused", action="store_true", help="print what it refused, as evidence, and stop")
    signer = add(audit, "signer", "witnessing:signer", "the signer apart from the service, behind a local socket")
    signer.add_argument("--folder", required=True, metavar="DIR", help="its keys and memory")
    signer.add_argument("--socket", required=True, metavar="PATH", help="the socket; the service gets it as --signer")
    signer.add_argument(
        "--post-quantum", action="store_true", default=None, help="make ML-DSA-44 keys beside Ed25519's"
    )
