"""MLflow's webhook: signed, fresh, and only a knock."""

from __future__ import annotations

import json
import time

import pytest

from api.mlflow_webhook import PATH, STATE
from collectors.mlflow.webhook import DELIVERY, SIGNATURE, TIMESTAMP, is_genuine, signature
from lineage.errors import SettingsError
from lineage.settings import Settings
from tests.api.conftest import Service, Start, start
from tests.ml.made import registered
from tests.ml.recorded import Recorded
from tests.waiting import until

__all__ = ["start"]
SECRET = "a-secret-of-both"
BODY = b'{"entity": "model_version_alias", "action": "created", "data": {}}'
NOW = 1_795_380_000


def signed(body: bytes = BODY, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    return {DELIVERY: "d-1", TIMESTAMP: timestamp, SIGNATURE: signature(secret, "d-1", timestamp, body)}


def test_the_signature_is_mlflows() -> None:
    """A value that MLflow 3.17's own function gave for these parts."""
    assert signature("s", "id", "1", b"{}") == "v1,FBhQvUxwRZEwPkHvJlYP68fzcPeHBTuRJdaSnq1LtyA="


@pytest.mark.parametrize(
    ("change", "genuine"),
    [
        ({}, True),
        ({SIGNATURE: "v1,AAAA " + signed(at=NOW)[SIGNATURE]}, True),
        ({SIGNATURE: "v1,AAAA"}, False),
        ({SIGNATURE: "é"}, False),
        ({TIMESTAMP: str(NOW - 301)}, False),
        ({TIMESTAMP: "now"}, False),
        ({TIMESTAMP: "٣"}, False),
        ({DELIVERY: "d-2"}, False),
        ({DELIVERY: ""}, False),
    ],
)
def test_only_a_fresh_and_whole_one_is_genuine(change: dict[str, str], genuine: bool) -> None:
    """Whatever is changed, it is none."""
    assert is_genuine(signed(at=NOW) | change, BODY, SECRET, NOW + 1) is genuine
    assert not is_genuine(signed(at=NOW), BODY + b" ", SECRET, NOW)
    assert not is_genuine(signed(at=NOW), BODY, "another", NOW)
    assert not is_genuine(signed(at=NOW), BODY, SECRET, NOW + 301)


def test_its_settings_go_together() -> None:
    """A secret without a server has nothing to collect from."""
    with pytest.raises(SettingsError, match="go together"):
        Settings(mlflow_webhook_secret=SECRET)


@pytest.fixture
def service(start: Start, tracking: tuple[str, Recorded]) -> Service:
    return start(mlflow_url=tracking[0], mlflow_webhook_secret=SECRET)


def test_a_knock_collects_and_another_tells_only_what_is_new(service: Service, tracking: tuple[str, Recorded]) -> None:
    """202 at once; the visit's events are in the ledger soon, and its state is kept for the next one."""
    assert service.request("POST", PATH, BODY, signed()).status == 202
    state = service.context.settings.data / STATE
    until(state.exists, "the visit never ended", wait_s=30)
    first = service.size()
    assert first == 5  # START, COMPLETE, the version's making, what is said of it, the model's aliases
    tracking[1].models = [registered("churn", {"champion": "1", "next": "1"})]
    assert service.request("POST", PATH, BODY, signed()).status == 202
    until(lambda: service.size() > first, "the second knock was not heard", wait_s=30)
    told = [json.loads(service.request("GET", f"/api/v1/events/{i}").body) for i in range(first, service.size())]
    assert [
        slot["name"] for e in told if "dataset" in e for slot in e["dataset"]["facets"]["headwater_serving"]["slots"]
    ] == [
        "champion",
        "next",
    ]


def test_who_does_not_know_the_secret_is_refused(service: Service) -> None:
    """401, and nothing is looked at."""
    for headers in ({}, signed(secret="x"), signed(at=NOW - 10_000)):
        assert service.request("POST", PATH, BODY, headers).status == 401
    assert service.size() == 0


def test_without_settings_there_is_no_such_address(start: Start) -> None:
    """As for any other unknown path."""
    assert start().request("POST", PATH, BODY, signed()).status == 404
