"""A statement of a query log as a run: it ran, at that time, and ended well or not.

The one idea: the job is the statement itself, whatever its values (its fingerprint), so that each day's run is a run of one job; and
the run's id follows from what the log says, so that collecting a log twice changes nothing.
"""

import uuid
from collections.abc import Iterator

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import RunFacet, error_message_run, extraction_error_run, tags_run

from collectors.producer import signed
from collectors.sql import Reason, Unresolved
from collectors.statements.job_events import job_facets
from collectors.statements.query_log import Logged
from collectors.statements.reading import PRODUCER, Frame, Reading
from lineage.moment import iso

_RUNS = uuid.UUID("8d9f7d9e-6a0e-5a57-9c8a-1d8d9f0f6a53")
"""The name space of run ids, made once by chance."""
_LETTERS = str.maketrans("0123456789abcdef", "ghjkmnpqrstvwxyz")
FINGERPRINT_LETTERS = 12
_QUOTES_THE_TEXT = frozenset({Reason.PARSE_ERROR, Reason.OPAQUE, Reason.DYNAMIC_SQL, Reason.TEMPLATE})
"""Their messages repeat words of the statement, which may be values."""
ERRORS_TOLD_MAX = 20  # a run's facet, not a report: the summary on the screen has all


def run_events(logged: Logged, reading: Reading, frame: Frame, namespace: str) -> Iterator[RunEvent]:
    """START, and COMPLETE or FAIL."""
    job = Job(namespace, job_name(reading))
    identity = "\0".join(
        (str(logged.time_us), logged.user, logged.database, logged.session, reading.fingerprint, logged.text)
    )
    run_id = str(uuid.uuid5(_RUNS, identity))
    yield RunEvent(
        eventTime=iso(logged.time_us), producer=PRODUCER, eventType=RunState.START, run=Run(run_id), job=job,
        inputs=[], outputs=[],
    )  # fmt: skip
    event = RunEvent(
        eventTime=iso(logged.end_us),
        producer=PRODUCER,
        eventType=RunState.FAIL if logged.error is not None else RunState.COMPLETE,
        run=Run(run_id, run_facets(logged, reading)),
        job=Job(namespace, job.name, job_facets(reading, frame.dialect)),
        inputs=reading.inputs,
        outputs=reading.observed,
    )
    yield signed(event)


def job_name(reading: Reading) -> str:
    """`insert.shop.public.daily.qkgrtmnhpjvs`: what it does to what, and which statement it is. Letters only at the end: digits would pass
    for a date or a random id, which names of jobs lose."""
    answer = reading.answer
    tables = (*answer.writes, *(change.table for change in answer.lifecycle), *answer.reads)
    about = [reading.spelling.dataset(tables[0])[1]] if tables else []
    mark = reading.fingerprint[:FINGERPRINT_LETTERS].translate(_LETTERS)
    return ".".join((answer.kind.value.lower(), *about, mark))


def run_facets(logged: Logged, reading: Reading) -> dict[str, RunFacet]:
    """Who ran it where, what went wrong, and what could not be understood."""
    facets: dict[str, RunFacet] = {}
    told = (("user", logged.user), ("database", logged.database), ("session", logged.session))
    tags = [tags_run.TagsRunFacetFields(key, value, "query log") for key, value in told if value]
    if tags:
        facets["tags"] = tags_run.TagsRunFacet(tags)
    if logged.error:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(logged.error, "SQL")
    if reading.unresolved:
        parts = max(1, len(reading.answer.statements))
        facets["extractionError"] = extraction_error_run.ExtractionErrorRunFacet(
            totalTasks=parts,
            failedTasks=min(parts, len(reading.unresolved)),
            errors=[
                extraction_error_run.Error(errorMessage=_in_words(gap)) for gap in reading.unresolved[:ERRORS_TOLD_MAX]
            ],
        )
    return facets


def _in_words(gap: Unresolved) -> str:
    place = f" in line {gap.place.line}" if gap.place is not None else ""
    return f"{gap.reason}{place}" if gap.reason in _QUOTES_THE_TEXT else f"{gap.reason}{place}: {gap.message}"
