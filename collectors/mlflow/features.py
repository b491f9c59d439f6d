"""The features of Feast that a run retrieved, as Feast's bridge to MLflow leaves them in tags and in an artifact.

The one idea: the artifact tells of the training set, the tags of whatever was retrieved last in the run; so the
artifact comes first. Features that were retrieved and are not in the model's signature are no inputs of the model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ARTIFACT: Final = "feast_features.json"
FEATURES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, order=True)
class FeatureRef:
    """One feature of one view."""

    view: str
    feature: str

    @property
    def full(self) -> str:
        """The column's name under `full_feature_names`."""
        return f"{self.view}__{self.feature}"


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a run got from a feature store."""

    project: str
    service: str
    refs: tuple[FeatureRef, ...]
    of_training: bool
    """Told by the artifact, so that service and features belong together; tags may be of two retrievals."""


def retrieved(tags: Mapping[str, str], artifact: bytes | None) -> Retrieved | None:
    """None for a run that asked no feature store."""
    project = tags.get("feast.project", "")
    trained = _from_artifact(artifact)
    refs = trained or refs_of(tags.get("feast.feature_refs", "").split(","))
    if not project or not refs:
        return None
    return Retrieved(project, tags.get("feast.feature_service", ""), refs, bool(trained))


def refs_of(texts: list[str]) -> tuple[FeatureRef, ...]:
    """`view:feature`, each once; a version in the view's name (`view@v2:feature`) is left out."""
    found = (text.strip().partition(":") for text in texts[:FEATURES_MAX])
    return tuple(
        dict.fromkeys(
            FeatureRef(view.partition("@")[0], feature) for view, colon, feature in found if colon and view and feature
        )
    )


def _from_artifact(artifact: bytes | None) -> tuple[FeatureRef, ...]:
    try:
        listed = json.loads(artifact) if artifact is not None else []
    except ValueError:
        return ()
    return refs_of([each for each in listed if isinstance(each, str)]) if isinstance(listed, list) else ()


def column_names(refs: tuple[FeatureRef, ...], taken: frozenset[str] | None) -> dict[str, FeatureRef]:
    """The model's column for each feature. `taken`: the signature's columns; None: no signature, so every feature counts."""
    counts: dict[str, int] = {}
    for ref in refs:
        counts[ref.feature] = counts.get(ref.feature, 0) + 1
    found: dict[str, FeatureRef] = {}
    for ref in refs:
        if taken is None:
            found[ref.feature if counts[ref.feature] == 1 else ref.full] = ref
        elif ref.full in taken:
            found[ref.full] = ref
        elif ref.feature in taken and counts[ref.feature] == 1:
            found[ref.feature] = ref
    return found
