"""A file of SQL as a job event: what the job declares to do, whether or not it ever ran."""

from openlineage.client.event_v2 import Job, JobEvent
from openlineage.client.facet_v2 import JobFacet, job_type_job, sql_job

from collectors.producer import signed
from collectors.statements.reading import PRODUCER, Frame, Reading


def job_event(reading: Reading, frame: Frame, namespace: str, name: str, time: str) -> JobEvent:
    """`time`: ISO 8601, when the file was read: from then on this is what is declared."""
    event = JobEvent(
        eventTime=time,
        producer=PRODUCER,
        job=Job(namespace, name, job_facets(reading, frame.dialect)),
        inputs=reading.inputs,
        outputs=reading.declared,
    )
    return signed(event)


def withdrawn(namespace: str, name: str, time: str) -> JobEvent:
    """A file that is gone declares nothing any more."""
    return JobEvent(eventTime=time, producer=PRODUCER, job=Job(namespace, name), inputs=[], outputs=[])


def job_facets(reading: Reading, dialect: str) -> dict[str, JobFacet]:
    """The statement without its values, and that this is SQL."""
    facets: dict[str, JobFacet] = {
        "jobType": job_type_job.JobTypeJobFacet(processingType="BATCH", integration="SQL", jobType="QUERY")
    }
    if reading.masked:
        facets["sql"] = sql_job.SQLJobFacet(reading.masked, dialect or None)
    return facets
