"""A version of a model that is visible stays one, whatever hidden data it was trained with."""

from __future__ import annotations

import pytest

from lineage.access.principal import Principal
from lineage.access.pseudonyms import Pseudonyms
from lineage.access.sources import scoped
from lineage.dossier.record import dossier_of
from lineage.errors import InputError
from lineage.query import JobRef, NodeRef, Questions
from tests.ml.test_skew import DEPLOYS
from tests.ml.world import NAMESPACE, World, dataset, derives, mention, model, run_event, schema, version

HIDDEN = "postgres://secret:5432"
TRAINING = run_event(
    "train", "t1", 2, inputs=[mention("view"), mention("salaries", HIDDEN)],
    outputs=[model("churn", "1", schema=schema("spend"), columnLineage=derives(spend=("view", "spend")))],
)  # fmt: skip
SERVING = run_event(
    "api", "d1", 4, "RUNNING", inputs=[model("churn", "1"), mention("online", schema=schema("spend"))],
    outputs=[mention("predictions", HIDDEN)], job_facets=DEPLOYS,
)  # fmt: skip


def limited() -> Questions:
    """The company as who sees all of it but the salaries is told of it."""
    sees = Principal(namespaces=(NAMESPACE, "jobs"))
    return Questions(scoped(World([TRAINING, SERVING]).questions.sources, sees, Pseudonyms()))


def test_a_version_trained_with_hidden_data_is_a_version() -> None:
    """Its number, what served it, its skew and its dossier are told, and the hidden data is in none of them."""
    asked, churn = limited(), version("churn", "1")
    assert [(each.kind, each.name, each.version) for each in asked.served_versions(NAMESPACE, "churn")] == [
        ("DEPLOYMENT", "api", "1")
    ]
    skew, dossier = asked.feature_skew(churn), dossier_of(asked, churn)
    assert [job.name for job in skew.deployments] == ["api"]
    assert (dossier.model, dossier.label) == ("churn", "1")
    assert "salaries" not in repr((skew, dossier)) and HIDDEN not in repr((skew, dossier))


def test_what_is_no_version_has_no_skew() -> None:
    """A job, a column, a plain dataset and the model itself are refused with what to name instead."""
    asked = World([TRAINING, SERVING]).questions
    for ref in (NodeRef(job=JobRef("jobs", "train")), dataset("view"), dataset("view", "spend"), dataset("churn")):
        with pytest.raises(InputError, match="no version of a model"):
            asked.feature_skew(ref)
