"""What is upstream or downstream of something: nodes and edges, and how complete that is."""

from lineage.query.answering import Question, Walked, ask
from lineage.query.answers import LineageAnswer
from lineage.query.sources import Sources

LIMIT_DEFAULT = 1_000  # more than a person reads; a program asks for what it needs


def lineage(sources: Sources, question: Question) -> LineageAnswer:
    return answer_of(ask(sources, question))


def answer_of(walked: Walked) -> LineageAnswer:
    roots = tuple(r for r in walked.roots if r in walked.nodes)
    return LineageAnswer(roots, tuple(walked.nodes.values()), tuple(walked.edges.values()), walked.completeness)
