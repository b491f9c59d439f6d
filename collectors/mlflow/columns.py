"""Where each input column of a model comes from: out of the signature, the logged datasets' columns and the retrieved features.

The one idea: a name joins a column of the model to a column of its training data only where one training dataset has
it. What several have is told at table level, never guessed. A column of a training dataset that is no input (the label,
a key) decides about the model as a whole.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openlineage.client.generated import column_lineage_dataset as facet

from collectors.locations import Name
from collectors.mlflow.features import Retrieved, column_names
from collectors.mlflow.inputs import NamedInput
from collectors.mlflow.signature import Columns

OTHER_CONTEXTS = frozenset({"evaluation", "eval", "validation", "valid", "test", "testing", "holdout"})
"""Contexts of inputs that no model learns from; what has no context, or another, is taken for training data."""
_COPIED = facet.Transformation("DIRECT", "IDENTITY")
_TRAINED = facet.Transformation("INDIRECT", "TRAINING", "a column of the training data that is no input of the model")


@dataclass(frozen=True, slots=True)
class ModelColumns:
    """The model's input columns, and where they come from."""

    columns: Columns
    lineage: facet.ColumnLineageDatasetFacet | None


def is_training(each: NamedInput) -> bool:
    return each.told.context.lower() not in OTHER_CONTEXTS


def model_columns(signature: Columns | None, inputs: Sequence[NamedInput], features: Retrieved | None) -> ModelColumns:
    """`signature`: the model's own; None: then the retrieved features are its columns, as far as anyone knows."""
    taken = None if signature is None else frozenset(name for name, _ in signature)
    refs = column_names(features.refs, taken) if features is not None else {}
    fields: dict[str, list[facet.InputField]] = {}
    for column, ref in refs.items():
        assert features is not None, "without features there are no references"
        sources = [(features.project, ref.view)]
        if features.service and features.of_training:
            sources.append((features.project, features.service))
        fields[column] = [_field(source, ref.feature, _COPIED) for source in sources]
    rows: list[facet.InputField] = []
    for each in _told_alone(inputs, taken or frozenset(refs)):
        for name, _ in each.told.columns or ():
            if name in (taken or refs):
                fields.setdefault(name, []).append(_field(each.key, name, _COPIED))
            else:
                rows.append(_field(each.key, name, _TRAINED))
    columns = signature if signature is not None else tuple((name, "") for name in refs)
    if not fields:
        return ModelColumns(columns, None)
    lineage = facet.ColumnLineageDatasetFacet(
        fields={name: facet.Fields(inputFields=found) for name, found in sorted(fields.items())}, dataset=rows
    )
    return ModelColumns(columns, lineage)


def _told_alone(inputs: Iterable[NamedInput], taken: frozenset[str]) -> list[NamedInput]:
    """The training datasets of which no input column is in another one, too; those tell columns."""
    by_dataset = {each.key: each for each in inputs if is_training(each) and each.told.columns}
    counts = Counter(name for each in by_dataset.values() for name in _names(each) & taken)
    return [
        each
        for each in by_dataset.values()
        if _names(each) & taken and all(counts[n] == 1 for n in _names(each) & taken)
    ]


def _names(each: NamedInput) -> set[str]:
    return {name for name, _ in each.told.columns or ()}


def _field(source: Name, column: str, how: facet.Transformation) -> facet.InputField:
    return facet.InputField(*source, field=column, transformations=[how])
