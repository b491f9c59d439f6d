"""Where something came from: every source behind it, and the way from each.

The one idea: a source is a node with nothing known upstream *that was looked at*. What a budget cut is no source; a
column that nobody told the origin of, though its dataset is fed, is listed as POSSIBLE and makes the answer UNKNOWN.
A column that only filters is shown as an edge, and is a source when nothing is upstream of it.
"""

from lineage.facts import Certainty, Direction, Grain, Node
from lineage.query.answering import Question, Walked, ask
from lineage.query.answers import LineageNode, ProvenanceAnswer, ProvenanceSource
from lineage.query.cursors import Key, page
from lineage.query.moments import Pinned
from lineage.query.sources import Sources
from lineage.query.walk import Budget
from lineage.query.witness import Witness, Witnesses

PROVENANCE_NODES_MAX = 10_000  # the whole walk is in the answer: some 5 MB of JSON


def provenance(
    sources: Sources,
    root: Node,
    pinned: Pinned,
    *,
    first: int,
    after: Key | None,
    arguments: str,
    nodes_max: int = PROVENANCE_NODES_MAX,
) -> ProvenanceAnswer:
    """Sources in pages, the nearest first; nodes and edges are those of the whole walk on every page."""
    question = Question(
        (root,), Direction.UPSTREAM, Grain.COLUMN, pinned, budget=Budget(nodes=nodes_max), control_goes_on=True
    )
    walked = ask(sources, question)
    found = sorted(_sources(walked), key=_key)
    taken, info = page(found, _key, first=first, after=after, moment=pinned.moment, arguments=arguments)
    return ProvenanceAnswer(
        taken, tuple(walked.nodes.values()), tuple(walked.edges.values()), info, walked.completeness
    )


def _sources(walked: Walked) -> list[ProvenanceSource]:
    fed = {edge.target for edge in walked.edges.values() if edge.source != edge.target}
    cut = walked.walk.time_cut | {id_ for id_, beyond in walked.walk.beyond.items() if beyond}
    witnesses = Witnesses(walked, Direction.UPSTREAM, ageing=False)
    roots = set(walked.roots)
    ends: list[tuple[LineageNode, Witness]] = []
    for id_, node in walked.nodes.items():
        witness = witnesses.of(id_)
        if id_ not in fed and id_ not in cut and id_ not in roots and witness is not None:
            ends.append((node, witness))
    if not ends and not any(edge.target in roots for edge in walked.edges.values()):
        # Nothing at all came before it: it is its own source, if nobody hid or forgot to say.
        asked = walked.nodes.get(walked.question.roots[0].id)
        ends += [(asked, Witness(Certainty.CERTAIN, ()))] if asked is not None and asked.id not in cut else []
    return [_source(walked, node, witness) for node, witness in ends]


def _source(walked: Walked, node: LineageNode, witness: Witness) -> ProvenanceSource:
    certain = witness.certainty is Certainty.CERTAIN and node.id not in walked.walk.notes.silent
    return ProvenanceSource(
        node=node,
        certainty=Certainty.CERTAIN if certain else Certainty.POSSIBLE,
        distance=witness.distance,
        why=tuple(step.edge for step in reversed(witness.steps)),
    )


def _key(source: ProvenanceSource) -> Key:
    node = source.node
    possible = int(source.certainty is not Certainty.CERTAIN)
    return (possible, source.distance, node.namespace, node.name, node.column or "", node.id)
