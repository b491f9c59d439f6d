"""The dossier itself: all that is on record about one version of a model, put together.

The one idea: everything is taken as it was when the version was made, from the run that made it on. No section is left
out because it is empty, and what nobody told is listed as unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lineage.dossier import sections
from lineage.dossier.checks import checks_on
from lineage.dossier.draft import Draft, Gap, Section
from lineage.evidence.marks import Marks
from lineage.facts import Direction, Node
from lineage.ids import NodeId
from lineage.moment import FOREVER, Moment
from lineage.query import show
from lineage.query.answers import Completeness, DatasetPage, ProvenanceAnswer, RunPage
from lineage.query.completeness import merged
from lineage.query.cursors import FIRST_MAX
from lineage.query.moments import NOW, MomentInput, Pinned
from lineage.query.provenance import provenance
from lineage.query.questions import Questions
from lineage.query.resolve import NodeRef, resolve_root
from lineage.query.run_lineage import VERSIONS_MAX, RunLineage, as_made, run_lineage
from lineage.query.skew import feature_skew, told_version
from lineage.query.sources import Sources


@dataclass(frozen=True, slots=True)
class Dossier:
    """`version`: the dataset that is this version; `label`: what its registry calls it; `run`: who made it."""

    version: Node
    model: str
    label: str
    run: RunPage | None
    sections: tuple[Section, ...]
    gaps: tuple[Gap, ...]
    completeness: Completeness
    lineage: RunLineage
    origins: ProvenanceAnswer
    page: DatasetPage
    pages: Mapping[NodeId, DatasetPage]
    """Of every dataset that was read on the way."""


def dossier_of(questions: Questions, ref: NodeRef, at: MomentInput = NOW) -> Dossier:
    """The dossier of the version that a reference means. Errors: as dossier."""
    pinned = questions.sources.pin(at)
    return dossier(questions.sources, resolve_root(questions.sources, ref, pinned.moment), pinned)


def dossier(sources: Sources, version: Node, pinned: Pinned) -> Dossier:
    """Everything about one version of a model. Errors: InputError for what is none; NotFound when no run made it."""
    known = Moment(None, pinned.moment.known)
    told = told_version(sources, version, known)
    page = show.dataset_page(sources, version, known)
    marks = Marks(sources, [version], known)
    lineage = run_lineage(sources, version, Direction.UPSTREAM, pinned, depth=None, limit=VERSIONS_MAX)
    made_by = next(
        (r for r in lineage.runs for w in lineage.writes if (w.run, w.version) == (r.node.id, lineage.root)), None
    )
    origins = provenance(
        sources, version, as_made(sources, version, pinned), first=FIRST_MAX, after=None, arguments="dossier"
    )
    skew = feature_skew(sources, version, pinned)
    datasets = {each.dataset.id: each.dataset for each in lineage.versions} | {version.id: version}
    pages = show.dataset_pages(sources, list(datasets.values()), known)
    draft = Draft()
    facets: dict[str, object] = {} if made_by is None else {k: json.loads(v) for k, v in made_by.properties}
    model, label = str(told.get("name", "")), str(told.get("version", ""))
    all_marks = Marks(sources, [*datasets.values(), *(source.node for source in origins.sources)], known)
    sections.identification(draft, sources, page, made_by, facets, marks, model, label, known)
    sections.serving(draft, sources, told, known, FOREVER if pinned.moment.valid_us is None else pinned.moment.valid_us)
    sections.data(draft, sources, lineage, made_by, facets, all_marks, pages, known)
    sections.origins(draft, origins, all_marks)
    sections.preparation(draft, sources, lineage, known)
    sections.features(draft, sources, page, known)
    sections.checks(draft, checks_on(sources, lineage, known.known))
    sections.results(draft, facets)
    sections.skew(draft, skew)
    sections.oversight(draft, all_marks, version)
    gaps = tuple(Gap(section, message, tuple(nodes)) for (section, message), nodes in draft.gaps.items())
    completeness = merged(pinned, [lineage.completeness, origins.completeness, skew.completeness])
    return Dossier(
        version, model, label, made_by, tuple(draft.sections), gaps, completeness, lineage, origins, page, pages
    )
