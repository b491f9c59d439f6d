"""fsck's checks 8 and 9: the graph against a replay of the ledger.

    8  what `graph.digest` entries say of the graph, the replay says too
    9  the graph that answers questions is the replay's, fact for fact: one that was edited by hand is named

Both replay the whole ledger into a passing folder, so they take as long as `graph rebuild`; nothing of the service is
changed.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from api.accepting import PRODUCT
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.errors import LedgerError
from lineage.facts import Node
from lineage.ids import NodeId
from lineage.ledger import Finding, Ledger
from lineage.ledger.check_report import CheckReport
from lineage.ledger.erasure import ERASE_KIND
from lineage.ledger.kinds import entries_of_kind
from lineage.projector import rebuild
from lineage.projector.erased import forgotten_norms
from lineage.settings import Settings
from lineage.signing.graph_digest import DIGEST_KIND, GraphDigest, decode_digest
from lineage.store import GraphStore, open_store
from lineage.store.canonical import digest, export_lines

DIGESTS, GRAPH = 8, 9
"""The checks' numbers."""

DIGESTS_CHECKED_MAX: Final = 5  # the newest: each costs an export of the whole graph
DIFFERENCES_SHOWN: Final = 50

Line = dict[str, Any]


@contextmanager
def replayed(ledger: Path) -> Iterator[tuple[GraphStore, Path]]:
    """The graph and the projector's state that the ledger alone gives, in a passing folder."""
    with TemporaryDirectory(prefix="headwater-replay-") as name:
        folder = Path(name)
        Settings(data=folder).ledger_path.symlink_to(ledger.resolve())
        rebuild(folder, "sqlite:", read, analyse=read_columns)
        with closing(open_store("sqlite:", folder, read_only=True)) as store:
            yield store, Settings(data=folder).state_path


def check_digests(ledger: Ledger, replay: GraphStore) -> CheckReport:
    """Check 8."""
    report = CheckReport()
    stated: list[tuple[int, GraphDigest]] = []
    for leaf, norm in entries_of_kind(ledger, DIGEST_KIND):
        try:
            if norm is None:
                raise LedgerError(f"The {DIGEST_KIND} entry {leaf.index} has lost what it says.")
            stated.append((leaf.index, decode_digest(norm, leaf.index)))
        except LedgerError as error:
            report.findings.append(Finding(DIGESTS, leaf.index, error.message))
    erasures = entries_of_kind(ledger, ERASE_KIND)
    erased_at = max(
        (leaf.index for leaf, norm in erasures if norm is None or forgotten_norms(norm, leaf.index)), default=-1
    )
    for index, each in stated[-DIGESTS_CHECKED_MAX:]:
        if digest(replay, history=True, known=each.size) == each.digest:
            continue
        what = f"the graph of the first {each.size} entries has another digest on replay than the one logged"
        if erased_at > index:
            report.gaps.append(f"entry {index}: {what}; what it was made of was erased since")
        elif each.product != PRODUCT:
            report.gaps.append(f"entry {index}: {what}; {each.product} made it, this is {PRODUCT}")
        else:
            report.findings.append(Finding(DIGESTS, index, what))
    if stated:
        checked = min(len(stated), DIGESTS_CHECKED_MAX)
        report.statements.append(f"{checked} of {len(stated)} logged graph digests replayed")
    return report


def check_graph(store: GraphStore, replay: GraphStore) -> CheckReport:
    """Check 9: `store` holds what the replay holds, with its history."""
    report = CheckReport()
    held, whole = store.applied(), replay.applied()
    known = min(held, whole)
    origin, wanted = store.ledger_origin(), replay.ledger_origin()
    if held and origin != wanted:
        report.findings.append(Finding(GRAPH, None, f"the graph says that it was made from {origin}, not from {wanted}"))
    if held > whole:
        report.findings.append(Finding(GRAPH, None, f"the graph says that it holds {held} entries; the ledger has {whole}"))
    if held < whole:
        report.gaps.append(f"the graph holds {held} of {whole} entries: what the others give could not be compared")
    left = {hash(line) for line in export_lines(store, history=True, known=known)}  # 8 bytes a line, not its text
    lacking = []
    for line in export_lines(replay, history=True, known=known):
        if hash(line) in left:
            left.remove(hash(line))
        else:
            lacking.append(line)
    added = [line for line in export_lines(store, history=True, known=known) if hash(line) in left]
    before, after = ({_key(told): told for told in map(json.loads, lines)} for lines in (lacking, added))
    for key in sorted(before.keys() | after.keys()):
        if len(report.findings) == DIFFERENCES_SHOWN:
            more = len(before.keys() | after.keys()) - DIFFERENCES_SHOWN
            report.findings.append(Finding(GRAPH, None, f"the graph differs from its replay in {more} more facts"))
            break
        message = _difference(before.get(key), after.get(key), store, replay)
        report.findings.append(Finding(GRAPH, None, message))
    report.statements.append(f"the graph of {known} entries was compared with its replay")
    return report


def _key(told: Line) -> str:
    """What makes a line the same fact, or the same node, on both sides."""
    if "node" in told:
        return f"node {told['node']}"
    names = ("relation", "subject", "object", "label", "flow", "job", "unit", "valid_from", "known_from")
    return json.dumps([told[name] for name in names])


def _difference(ledger: Line | None, graph: Line | None, store: GraphStore, replay: GraphStore) -> str:
    what = _said(graph or ledger or {}, store, replay)
    if ledger is None:
        return f"the graph has {what}, which the ledger does not give: it was put there by hand"
    if graph is None:
        return f"the graph lacks {what}, which the ledger gives: it was taken out or changed by hand"
    fields = sorted(name for name in ledger if ledger[name] != graph.get(name))
    changes = ", ".join(f"{name} is {graph.get(name)!r}, not {ledger[name]!r}" for name in fields)
    return f"the graph has {what} changed by hand: {changes}"


def _said(told: Line, store: GraphStore, replay: GraphStore) -> str:
    if "node" in told:
        return f"the {told['kind']} {_name(told)!r}"
    ends = [NodeId(told["subject"]), NodeId(told["object"])]
    nodes = {**store.nodes(ends), **replay.nodes(ends)}
    source, target = (_called(nodes.get(end), end) for end in ends)
    return f"the {told['relation']} fact from {source} to {target} (valid from {told['valid_from'] or 'ever'})"


def _called(node: Node | None, id: NodeId) -> str:
    if node is None:
        return id or "nothing"
    return repr(f"{node.namespace} {node.name}{f'#{node.column}' if node.column else ''}")


def _name(told: Line) -> str:
    return f"{told['namespace']} {told['name']}"
