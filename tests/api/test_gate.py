"""Who may ask: keys, foreign hosts, foreign pages."""

import pytest

from tests.api.conftest import Service, Start


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8765", "localhost:1", "[::1]:80", "a.localhost", "LOCALHOST"])
def test_this_machines_names_are_answered(service: Service, host: str) -> None:
    """Every way to write loopback is us."""
    assert service.request("GET", "/metrics", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2", "localhost.evil.example:8765"]
)
def test_a_foreign_name_is_refused_on_loopback(service: Service, host: str) -> None:
    """A name that somebody pointed at 127.0.0.1 lets a web page in: DNS rebinding."""
    for method, path in (("GET", "/api/v1/events/0"), ("POST", "/api/v1/lineage"), ("GET", "/metrics")):
        answer = service.request(method, path, headers={"Host": host})
        assert answer.status == 403
        assert answer.json["type"] == "urn:headwater:problem:foreign-caller"
    assert service.request("GET", "/healthz", headers={"Host": host}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_may_not_write(service: Service, origin: str) -> None:
    """Browsers send simple posts across sites without asking; every browser says from where."""
    assert service.post({}, headers={"Origin": origin}).status == 403
    assert service.size() == 0


def test_our_own_page_may_write(service: Service) -> None:
    """The page that this service serves has this service's origin."""
    assert service.post({}, headers={"Origin": service.url, "Host": f"127.0.0.1:{service.port}"}).status == 201


def test_with_a_key_everything_but_probes_needs_it(start: Start) -> None:
    """401 with a challenge, also for a wrong key and another scheme."""
    service = start(api_key="s3cret-key")
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic s3cret-key"},
        {"Authorization": "Bearer"},
    ):
        for method, path in (
            ("POST", "/api/v1/lineage"),
            ("POST", "/api/v1/lineage/"),
            ("GET", "/api/v1/events/0"),
            ("POST", "/graphql"),
        ):
            answer = service.request(method, path, b"{}", headers)
            assert answer.status == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json["code"] == "UNAUTHORISED"
    assert service.size() == 0
    for path in ("/healthz", "/readyz"):
        assert service.request("GET", path).status == 200


def test_the_right_key_opens_and_is_in_the_record(start: Start) -> None:
    """The leaf says that a key was used, never which."""
    service = start(api_key="s3cret-key")
    headers = {"Authorization": "bearer s3cret-key", "X-Request-Id": "job-17", "Host": "any.example"}
    assert service.post({}, headers=headers).status == 201
    leaf = service.context.ledger.leaf(0)
    assert (leaf.actor, leaf.auth, leaf.request) == ("api-key", "key", "job-17")
    assert b"s3cret" not in service.context.ledger.leaf_bytes(0)


def test_a_key_that_nobody_asked_for_is_no_matter(service: Service) -> None:
    """Clients are often configured with one before the server is."""
    assert service.post({}, headers={"Authorization": "Bearer whatever"}).status == 201


def test_a_request_id_that_is_no_id_is_left_out(service: Service) -> None:
    """The leaf is kept for ever, so it takes no free text."""
    service.post({}, headers={"X-Request-Id": "Ada Lovelace <ada@example.org>"})
    assert service.context.ledger.leaf(0).request == ""


def test_keys_beyond_ascii_are_wrong_keys(start: Start) -> None:
    """A header of odd bytes is refused like any wrong key, not stumbled over."""
    service = start(api_key="key")
    assert service.post({}, headers={"Authorization": "Bearer \xff\xfe"}).status == 401
