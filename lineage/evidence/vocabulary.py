"""The tag keys and owner roles that named questions read: what a company tells the record so that auditors are answered.

Told by OpenLineage's `tags` and `ownership` facets, or by people with `stateFact`. Keys and roles are compared without case.
"""

from __future__ import annotations

PII = "pii"
PURPOSE = "purpose"
CATEGORY = "data_category"
SUBJECTS = "subject_type"
RECIPIENT = "recipient"
REGION = "region"
TRANSFER = "transfer_tool"
RETENTION = "retention"
COLLECTION = "collection"
DECISION = "automated_decision"
MANUAL = "manual"
MATERIAL = "material"
REFRESH = "refresh"
AUTHOR, APPROVER, DEPLOYER, TICKET = "author", "approver", "deployer", "ticket"
VALIDATOR = "validator"
VALIDATED = "validated_at"

TAG_KEYS = {
    PII: "personal data; also as `classification=pii`",
    PURPOSE: "why data is processed (GDPR Art. 5, 30)",
    CATEGORY: "which category of personal data",
    SUBJECTS: "whose data it is: customer, employee, patient …",
    RECIPIENT: "who receives what is in a dataset, outside of the company or its department",
    REGION: "where it is stored: a country's code, or EEA",
    TRANSFER: "under what it may leave the EEA: SCC, adequacy, BCR …",
    RETENTION: "how long it is kept",
    COLLECTION: "how a source was obtained: purchased, collected from users, public …",
    DECISION: "it decides about people without one: yes",
    MANUAL: "a step done by hand or in a spreadsheet (on a job or a dataset)",
    MATERIAL: "a material model (on a model)",
    REFRESH: "how a dataset is written: `full` replaces everything, `append` adds",
    AUTHOR: "who wrote a job's code (on a job, from the time on that it holds)",
    APPROVER: "who approved it",
    DEPLOYER: "who deployed it",
    TICKET: "the ticket of the change",
    VALIDATED: "when a model was validated",
}
"""Every key with what it means, for documentation."""

OWNER_ROLES = {VALIDATOR: "who validated a model (an owner of this type)"}

EEA = frozenset({
    "eea", "eu", "at", "be", "bg", "hr", "cy", "cz", "dk", "ee", "fi", "fr", "de", "gr", "hu", "ie", "it", "lv", "lt", "lu",
    "mt", "nl", "pl", "pt", "ro", "sk", "si", "es", "se", "is", "li", "no",
})  # fmt: skip
"""The European Economic Area as ISO 3166 codes, and its own two names."""

_CLOUD_REGIONS_IN_EEA = (
    "eu-central-1", "eu-west-1", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2", "europe-west1", "europe-west3",
    "europe-west4", "europe-west8", "europe-west9", "europe-west10", "europe-west12", "europe-north1", "europe-north2",
    "europe-central2", "europe-southwest1", "westeurope", "northeurope", "francecentral", "germanywestcentral",
    "swedencentral", "polandcentral", "italynorth", "spaincentral", "norwayeast",
)  # fmt: skip


def in_eea(region: str) -> bool:
    """Whether a region's name is one of the EEA: a country, the area, or a cloud's region in it. London and Zurich,
    which clouds call europe, are not."""
    word = region.strip().casefold()
    return word in EEA or word in _CLOUD_REGIONS_IN_EEA
