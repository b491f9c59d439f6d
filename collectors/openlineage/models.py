"""Models: a version is a dataset of its own, and what is said of a version is not said of the model.

The one idea: where an event gives a dataset of type MODEL with a version, it speaks of that version: its inputs, columns and properties are
the version's. The model itself is only named, and shows whichever of its versions are served (lineage/projector/serving.py).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from collectors.openlineage.shapes import as_object, as_objects, as_text, canonical
from lineage.events import Mention, RawName, Role, Serving, Slot
from lineage.names.versions import version_name

MODEL: Final = "MODEL"


def as_version(mention: Mention, facets: dict[str, Any]) -> Mention:
    """A mention of a model with a version, as one of that version; any other as it is."""
    told = as_text(as_object(facets.get("datasetType")).get("datasetType")).upper()
    if told != MODEL or mention.version is None:
        return mention
    model, version = mention.name, mention.version
    own = RawName(model.namespace, version_name(model.name, version))
    if own == model:
        return mention
    named = ("version", canonical({"namespace": model.namespace, "name": model.name, "version": version}))
    return replace(
        mention, name=own, model=model, aliases=(), properties=tuple(sorted((*mention.properties, named))), serving=None
    )


def models_of(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """The models of the versions in an event: that they are, and what they are."""
    models = {mention.model for mention in mentions if mention.model is not None}
    told = (("datasetType", canonical({"datasetType": MODEL})),)
    return tuple(Mention(model, Role.SUBJECT, properties=told, real=True) for model in sorted(models))


def versions_read(inputs: Iterable[Mention]) -> dict[RawName, RawName]:
    """Model -> its version, where a run read only one: then a column facet that names the model means that one."""
    versions: dict[RawName, set[RawName]] = {}
    plain: set[RawName] = set()
    for mention in inputs:
        if mention.model is not None:
            versions.setdefault(mention.model, set()).add(mention.name)
        else:
            plain.add(mention.name)
    return {model: next(iter(own)) for model, own in versions.items() if len(own) == 1 and model not in plain}


def serving_of(facet: dict[str, Any]) -> Serving | None:
    """The headwater_serving facet of a model: all slots of the kinds that it lists. None: nothing told."""
    kinds = facet.get("kinds")
    told = {as_text(kind).upper() for kind in kinds if as_text(kind)} if type(kinds) is list else set()
    slots = {
        Slot(kind, name, version)
        for slot in as_objects(facet.get("slots"))
        if (kind := as_text(slot.get("kind")).upper()) and (name := as_text(slot.get("name")))
        and (version := as_text(slot.get("version")))
    }  # fmt: skip
    told |= {slot.kind for slot in slots}
    return Serving(tuple(sorted(told)), tuple(sorted(slots))) if told else None
