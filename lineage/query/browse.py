"""What there is, by name: namespaces, and the datasets and jobs of one, in pages.

The one idea: a list of everything is only ever read in pages; a cursor pins the record, so pages never shift.
"""

from collections.abc import Iterator

from lineage.errors import BadCursor, InputError, NotFound
from lineage.facts import Node, NodeKind
from lineage.ids import namespace_id
from lineage.moment import Moment
from lineage.names import normal_namespace
from lineage.query.answers import NodeConnection
from lineage.query.cursors import Key, check_first, encode, page_info
from lineage.query.moments import Pinned
from lineage.query.resolve import so_far
from lineage.query.sources import Sources
from lineage.store.contract import LISTED_KINDS, list_key

CHUNK = 2_000  # nodes read at once when all are counted


def browse(
    sources: Sources,
    kind: NodeKind,
    pinned: Pinned,
    *,
    namespace: str | None,
    first: int,
    after: Key | None,
    arguments: str,
) -> NodeConnection:
    """One page, by name. Errors: InputError for a kind that is not listed, NotFound for an unknown namespace,
    BadCursor, LimitExceeded."""
    check_first(first)
    _require_listed(kind)
    space = None if namespace is None else canonical_namespace(sources, namespace, pinned.moment)
    found = sources.graph.listed(kind, pinned.moment, namespace=space, limit=first + 1, after=_position(after))
    nodes = tuple(found[:first])
    info = page_info(
        [list_key(node) for node in nodes],
        more=len(found) > first,
        after=after,
        moment=pinned.moment,
        arguments=arguments,
    )
    cursors = tuple(encode(list_key(node), pinned.moment, arguments) for node in nodes)
    return NodeConnection(nodes, cursors, info)


def every(sources: Sources, kind: NodeKind, at: Moment, *, namespace: str | None) -> Iterator[Node]:
    """All of them, read in chunks; `namespace` is canonical, or None for all."""
    after: tuple[str, str, str] | None = None
    while found := sources.graph.listed(kind, at, namespace=namespace, limit=CHUNK, after=after):
        yield from found
        after = list_key(found[-1])


def canonical_namespace(sources: Sources, namespace: str, at: Moment) -> str:
    """The name under which a namespace's nodes stand. Errors: NotFound."""
    own = [namespace_id(namespace), namespace_id(normal_namespace(namespace))]
    resolved = sources.graph.resolve(own, at)
    nodes = sources.graph.nodes(resolved.values())
    for each in own:
        if each in resolved and resolved[each] in nodes:
            return nodes[resolved[each]].namespace
    message = f"No namespace {namespace} at this moment. List the namespaces, or ask at another moment."
    raise NotFound(message + so_far(sources, at))


def _require_listed(kind: NodeKind) -> None:
    if kind not in LISTED_KINDS:
        names = ", ".join(sorted(LISTED_KINDS))
        raise InputError(f"{kind} nodes are not listed by themselves. List one of {names}.", place="kind")


def _position(after: Key | None) -> tuple[str, str, str] | None:
    match after:
        case None:
            return None
        case (str(name), str(namespace), str(node)):
            return name, namespace, node
        case _:
            raise BadCursor
