"""Node ids: `hw:` and the base32 of a hash of (kind, names), so that a name's id is known before anything is stored.

The one idea: what lives inside something (a column or version in a dataset, a run in a job) has the id of that something
followed by a hash of its own name. So after a merge, an old column id still resolves: its dataset part is looked up, the
rest stays. Ids that differ only in letter case are never produced: base32 in lower case.
"""

import base64
import hashlib
from typing import NewType

NodeId = NewType("NodeId", str)

PREFIX = "hw:"
OWN_BYTES = 16  # 128 bits: no two names of any company meet by chance
CHILD_BYTES = 10  # 80 bits within one dataset or job: prints as 16 characters without padding
OWN_LENGTH = len(PREFIX) + 26
CHILD_LENGTH = OWN_LENGTH + 16


def _digest(size: int, *parts: str) -> str:
    # surrogatepass: a name with a lone surrogate is refused at the door, but an id must never raise
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    raw = hashlib.blake2b(joined, digest_size=size).digest()
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def namespace_id(namespace: str) -> NodeId:
    return NodeId(PREFIX + _digest(OWN_BYTES, "NAMESPACE", namespace))


def dataset_id(namespace: str, name: str) -> NodeId:
    return NodeId(PREFIX + _digest(OWN_BYTES, "DATASET", namespace, name))


def job_id(namespace: str, name: str) -> NodeId:
    return NodeId(PREFIX + _digest(OWN_BYTES, "JOB", namespace, name))


def column_id(dataset: NodeId, column: str) -> NodeId:
    return NodeId(dataset + _digest(CHILD_BYTES, "COLUMN", column))


def version_id(dataset: NodeId, version: str) -> NodeId:
    return NodeId(dataset + _digest(CHILD_BYTES, "DATASET_VERSION", version))


def run_id(job: NodeId, run: str, attempt: int) -> NodeId:
    """The id of one attempt (counted from 1) of a run, under its job's own id."""
    return NodeId(job + _digest(CHILD_BYTES, "RUN", run, str(attempt)))


def parent_of(node: NodeId) -> NodeId | None:
    """The dataset of a column or version, the job of a run; None for what stands alone."""
    return NodeId(node[:OWN_LENGTH]) if len(node) == CHILD_LENGTH else None


def rehome(node: NodeId, parent: NodeId) -> NodeId:
    """The same child under another parent: what a column of a merged dataset is called after the merge."""
    return NodeId(parent + node[OWN_LENGTH:])


def is_id(text: str) -> bool:
    """Whether a text has the form of an id (it may still be unknown)."""
    body = text[len(PREFIX) :]
    return (
        text.startswith(PREFIX)
        and len(text) in (OWN_LENGTH, CHILD_LENGTH)
        and all("a" <= c <= "z" or "2" <= c <= "7" for c in body)
    )
