"""What the record says of reads that are no GraphQL."""

from __future__ import annotations

import asyncio

import orjson

from api.access.objects import ids_in
from lineage.access.reads import account_of
from lineage.ids import NodeId, job_id
from lineage.query.served import ServedVersion
from tests.api.conftest import Service, Start


def test_what_an_address_was_asked_for_is_on_record_without_its_secrets(start: Start) -> None:
    """Two searches differ in their query string alone: the record tells one from the other."""
    service: Service = start()
    service.request("GET", "/api/v1/search?q=orders&limit=5&token=t0p")
    log = service.context.access_log
    asyncio.run(log.close())
    told = account_of(log.ledger.leaf(0), log.ledger.part(0, "norm"))
    assert told.operation == "GET /api/v1/search"
    assert orjson.loads(told.variables) == {"q": "orders", "limit": "5", "token": "***"}


def test_who_asked_which_version_served_saw_the_model_and_its_deployments() -> None:
    """The answer shows names alone; what they are names of counts as seen."""
    model = NodeId("hw:model")
    slot = ServedVersion("DEPLOYMENT", "api", "prod", "2", 0, None, (model, job_id("prod", "api")))
    assert ids_in([slot]) == {model, job_id("prod", "api")}
