"""For whom an event speaks: the names about which it makes a claim that others have to believe.

The one idea: whoever may only speak for some namespaces may still read from all: lineage is about what crosses borders.
But what a job did, what is in a dataset that was written, that two names are one thing, that a dataset is gone, who owns
it and how it is tagged is said by those whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lineage.access.principal import ANY_SUFFIX, Principal
from lineage.events import Event, Mention, Role
from lineage.names.namespaces import normal_namespace

STANDING: Final = frozenset({"owner", "tag"})
"""Properties that decide about a dataset itself: who answers for it, and who may see it."""


def spoken_for(event: Event) -> Iterator[tuple[str, str]]:
    """(what, namespace) of all that the event speaks for; what: for people, such as `the output orders`."""
    for job in (event.job, event.job_identity):
        if job is not None:
            yield f"the job {job.name}", job.namespace
    for mention in event.mentions:
        told = mention.role.lower() if mention.role is not Role.SUBJECT else "dataset"
        if mention.role is not Role.INPUT or _decides(mention):
            yield f"the {told} {mention.name.name}", mention.name.namespace
            if mention.model is not None:
                yield f"the model {mention.model.name}", mention.model.namespace
        for other in (*mention.aliases, *([mention.previous] if mention.previous else [])):
            yield f"the other name {other.name} of the {told}", other.namespace


def first_foreign(principal: Principal, event: Event) -> tuple[str, str] | None:
    """The first thing for which `principal` may not speak, or None."""
    return next((each for each in spoken_for(event) if not may_speak_for(principal, each[1])), None)


def may_speak_for(principal: Principal, namespace: str) -> bool:
    """Whether a namespace, in any spelling, is among those of the principal, in any spelling."""
    if principal.namespaces is None:
        return True
    normal = normal_namespace(namespace)
    return principal.sees_namespace(normal) or any(
        not each.endswith(ANY_SUFFIX) and normal_namespace(each) == normal for each in principal.namespaces
    )


def _decides(mention: Mention) -> bool:
    """Whether what is said of an input is about more than that it was read."""
    told = {label.partition(".")[0] for label, _ in mention.properties}
    return (
        bool(mention.aliases) or mention.lifecycle is not None or bool(told & STANDING) or mention.serving is not None
    )
