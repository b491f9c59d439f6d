"""A lender's pipeline as its producers and people would tell it: what every audit question is asked of.

    crm customers (id, email, phone; Germany, personal)  -> core.customers -> features.churn -> models.churn (a MODEL)
    pay payments (customer, amount)                      -> core.payments -------^ (from version 2 on)
    core.customers -> reports.monthly (a figure), us.marketing (in the United States, a recipient; not marked personal)

Built on a real ledger and the real projector, so that entries, proofs and facts are those of a running service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.accepting import Sender, accept
from collectors.openlineage import read
from collectors.sql.columns import read_columns
from lineage.events import RawName
from lineage.evidence.answer import AuditAnswer, Head
from lineage.evidence.questions import NamedAuditQuery, ask
from lineage.evidence.record import AccessReader, Record
from lineage.ledger import Draft, Ledger
from lineage.moment import microseconds
from lineage.projector import StateSeen
from lineage.projector.follow import rebuild
from lineage.query import MomentInput, Questions, Sources
from lineage.settings import Settings
from lineage.statements import FactKind, FactStatement, Place, PlaceKind, StatedFact, encode
from lineage.store import open_store

CRM, PAY, WH = "postgres://crm:5432", "postgres://pay:5432", "warehouse"
Event = dict[str, Any]


def us(text: str) -> int:
    """A day or time of 2026 as microseconds: `03-01`, `03-01T10:00`."""
    return microseconds(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC))


def data(namespace: str, name: str, columns: str = "", **facets: Any) -> Event:
    """A dataset; `columns`: its schema's names."""
    if columns:
        facets["schema"] = {"fields": [{"name": each, "type": "text"} for each in columns.split()]}
    return {"namespace": namespace, "name": name, "facets": facets}


def flow(**fields: tuple[str, str, str, str]) -> Event:
    """Column lineage: target=(namespace, name, column, subtype); MASK masks."""
    return {
        "fields": {
            target: {
                "inputFields": [
                    {
                        "namespace": namespace, "name": name, "field": column,
                        "transformations": [
                            {"type": "DIRECT", "subtype": subtype.replace("MASK", "TRANSFORMATION"), "masking": subtype == "MASK"}
                        ],
                    }
                ]
            }
            for target, (namespace, name, column, subtype) in fields.items()
        }
    }  # fmt: skip


def run(
    when: str,
    job: str,
    inputs: Sequence[Event],
    outputs: Sequence[Event],
    *,
    job_facets: Event | None = None,
    **facets: Any,
) -> tuple[str, Event]:
    """One completed run; its id is made of job and time."""
    event = {
        "eventType": "COMPLETE", "eventTime": f"2026-{when}:00Z", "producer": "https://example.org/lender",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"{job}@{when}", "facets": facets},
        "job": {"namespace": "etl", "name": job, "facets": job_facets or {}},
        "inputs": list(inputs), "outputs": list(outputs),
    }  # fmt: skip
    return when, event


def code(version: str) -> Event:
    return {"sourceCodeLocation": {"type": "git", "url": "https://git.example/etl", "version": version}}


def tags(**told: str) -> Event:
    """`key=value` on the dataset; `column__key=value` on a column."""
    found = []
    for name, value in told.items():
        column, double, key = name.rpartition("__")
        found.append({"key": key, "value": value, **({"field": column} if double else {})})
    return {"tags": found}


def version(told: str) -> Event:
    return {"version": {"datasetVersion": told}}


CUSTOMERS = data(
    CRM, "crm.public.customers", "id email phone",
    tags=tags(region="DE", purpose="billing", data_category="contact", subject_type="customer", retention="3 years",
              collection="entered by customers", email__pii="yes", phone__pii="yes"),
    ownership={"owners": [{"name": "crm-team"}]},
)  # fmt: skip
CORE = (WH, "core.customers")
FEATURES = (WH, "features.churn")
MODEL = (WH, "models.churn")


def _load(when: str, commit: str) -> tuple[str, Event]:
    lineage = flow(
        id=(CRM, "crm.public.customers", "id", "IDENTITY"),
        email=(CRM, "crm.public.customers", "email", "IDENTITY"),
        phone_hash=(CRM, "crm.public.customers", "phone", "MASK"),
    )
    out = data(
        *CORE,
        "id email phone_hash",
        columnLineage=lineage,
        tags=tags(region="DE", email__pii="yes"),
        **version(f"core-{when}"),
    )
    return run(when, "load_customers", [CUSTOMERS], [out], job_facets=code(commit))


def _features(when: str, *, payments: bool) -> tuple[str, Event]:
    told = {"mail_domain": (*CORE, "email", "TRANSFORMATION")}
    inputs = [data(*CORE)]
    if payments:
        told["spent"] = (WH, "core.payments", "amount", "AGGREGATION")
        inputs.append(data(WH, "core.payments"))
    out = data(*FEATURES, " ".join(told), columnLineage=flow(**told), datasetType={"datasetType": "FEATURE_VIEW"},
               tags=tags(region="DE"))  # fmt: skip
    sql = {"sql": {"query": "INSERT INTO features.churn SELECT split_part(email, '@', 2) FROM core.customers"}}
    return run(when, "features", inputs, [out], job_facets=sql)


def _train(when: str, number: str, *columns: str) -> tuple[str, Event]:
    told = flow(**{each: (*FEATURES, each, "IDENTITY") for each in columns})
    out = data(*MODEL, " ".join(columns), columnLineage=told, datasetType={"datasetType": "MODEL"}, **version(number))
    return run(when, "train", [data(*FEATURES, **version(f"fv-{when}"))], [out])


EVENTS = (
    _load("03-01T02:00", "c1"),
    _features("03-01T03:00", payments=False),
    _train("03-02T09:00", "1", "mail_domain"),
    run(
        "03-05T02:00", "load_payments", [data(PAY, "pay.public.payments", "customer amount")],
        [data(WH, "core.payments", "customer amount",
              columnLineage=flow(amount=(PAY, "pay.public.payments", "amount", "IDENTITY")))],
    ),
    _load("03-10T02:00", "c2"),
    _features("03-11T03:00", payments=True),
    _train("03-12T09:00", "2", "mail_domain", "spent"),
    run(
        "03-31T05:00", "monthly", [data(*CORE)],
        [data(WH, "reports.monthly", "active", columnLineage=flow(active=(*CORE, "id", "AGGREGATION")))],
        job_facets=code("r7"), nominalTime={"nominalStartTime": "2026-03-31T00:00:00Z"},
        executionParameters={"parameters": [{"key": "month", "value": "2026-03"}]},
    ),
    run(
        "04-02T05:00", "export_us", [data(*CORE)],
        [data(WH, "us.marketing", "contact", columnLineage=flow(contact=(*CORE, "email", "IDENTITY")),
              tags=tags(region="US", recipient="Adco Inc."))],
    ),
)  # fmt: skip


def stated(
    when: str, kind: FactKind, about: Place, value: str, key: str = "", from_: str | None = None
) -> tuple[str, Draft]:
    """What a person vouches for."""
    fact = StatedFact(
        kind, about, "known at the lender", key=key, value=value, from_us=None if from_ is None else us(from_)
    )
    entry_kind, norm = encode(FactStatement(fact))
    return when, Draft(entry_kind, {"norm": norm}, actor="a_steward", auth="key")


def table(namespace: str, name: str, column: str | None = None) -> Place:
    return Place(PlaceKind.DATASET, RawName(namespace, name), column)


def job(name: str) -> Place:
    return Place(PlaceKind.JOB, RawName("etl", name))


STATEMENTS = (
    stated("03-10T12:00", FactKind.TAG, job("load_customers"), "ada", "author", "03-10T00:00"),
    stated("03-10T12:00", FactKind.TAG, job("load_customers"), "bob", "approver", "03-10T00:00"),
    stated("03-10T12:00", FactKind.TAG, job("load_customers"), "ada", "deployer", "03-10T00:00"),
    stated("03-13T12:00", FactKind.OWNER, table(*MODEL), "risk-models"),
    stated("03-13T12:00", FactKind.OWNER, table(*MODEL), "validation-unit", "validator"),
    stated("03-13T12:00", FactKind.TAG, table(*MODEL), "yes", "material", "03-02T00:00"),
)


@dataclass
class Company:
    """The lender's record, and short ways to ask."""

    ledger: Ledger
    questions: Questions
    folder: Path
    clock: list[int]
    """When the ledger takes what comes next, in microseconds."""
    access: AccessReader | None = None

    def record(self, **changes: Any) -> Record:
        """Pinned to the newest entry."""
        size = self.ledger.size()
        whole = Record(
            self.questions, self.ledger, Head(size, self.ledger.root(size)), MomentInput(known_index=size),
            list, lambda index: True, self.access,
        )  # fmt: skip
        return replace(whole, **changes)

    def ask(self, query: NamedAuditQuery, **variables: Any) -> AuditAnswer:
        return ask(self.record(), query, variables)


@contextmanager
def company(folder: Path, *steps: tuple[str, Event | Draft]) -> Iterator[Company]:
    """The record of these steps (default: the lender's), each taken at its own time or that of the one before."""
    told = sorted(steps or (*EVENTS, *STATEMENTS), key=lambda step: step[0])
    now = [0]
    with ExitStack() as opened:
        ledger = opened.enter_context(
            Ledger.open(folder / "ledger.sqlite", origin="lender.example/ledger", clock=lambda: now[0])
        )
        for when, step in told:
            now[0] = us(when)
            draft = step
            if not isinstance(step, Draft):
                raw = json.dumps(step).encode()
                draft = accept(raw, raw, Sender("a_etl", "key"), now[0]).draft
            ledger.append([draft])  # type: ignore[list-item]
        settings = Settings(data=folder)
        rebuild(folder, settings.store, read, analyse=read_columns)
        store = open_store(settings.store, folder, read_only=True)
        opened.callback(store.close)
        seen = StateSeen(settings.state_path)
        opened.callback(seen.close)
        yield Company(ledger, Questions(Sources(store, seen, ledger)), folder, now)
