"""Tokens of a real OpenID Connect provider (oidc-provider-mock), and of one that does what no honest one does."""

from __future__ import annotations

import asyncio
import base64
import hmac
import http.client
import http.server
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from oidc_provider_mock import User, run_server_in_thread

from api.access import oidc
from api.access.claims import Roles
from api.access.oidc import Provider
from lineage.access.principal import Principal, Scope
from lineage.errors import Overloaded, SettingsError
from tests.api.conftest import Start

AUDIENCE = "headwater"
ADA = User(sub="ada@example.org", claims={"roles": ["auditors"], "headwater_namespaces": ["db://a"]})
BOB = User(sub="bob", claims={"roles": ["lineage:read", "somebody"]})


def id_token(port: int, user: str, client: str = AUDIENCE) -> str:
    """The provider's own ID token for a user, by the authorization code flow over HTTP."""
    back = "http://localhost/back"
    query = {"client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": back, "state": "s"}
    with closing(http.client.HTTPConnection("localhost", port, timeout=10)) as provider:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        provider.request("POST", f"/oauth2/authorize?{urlencode(query)}", urlencode({"sub": user}), form)
        went = provider.getresponse()
        went.read()
        code = parse_qs(urlsplit(went.headers["Location"]).query)["code"][0]
        told = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client,
                "client_secret": "x"}  # fmt: skip
        provider.request("POST", "/oauth2/token", urlencode(told), form)
        return str(json.loads(provider.getresponse().read())["id_token"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own libraries
def test_a_person_comes_in_with_a_token_of_a_real_provider(start: Start, tmp_path: Path) -> None:
    """Roles give rights, the record has an opaque name, and the provider's new keys are found by themselves."""
    roles = tmp_path / "roles.json"
    roles.write_text(json.dumps({"auditors": {"scopes": ["lineage:read", "audit:read"], "hiddenTags": ["secret"]}}))
    with run_server_in_thread(user_claims=[ADA, BOB]) as provider:
        port = provider.server_port
        issuer = f"http://localhost:{port}"
        service = start(oidc_issuer=issuer, oidc_audience=AUDIENCE, oidc_roles=roles)

        def asks(token: str) -> Any:
            headers = {"Authorization": f"Bearer {token}"}
            return service.post(
                {"query": "{ whoami { actor auth scopes namespaces hiddenTags } }"}, "/graphql", headers
            )

        assert service.post({"query": "{ whoami { actor } }"}, "/graphql").status == 401
        ada = asks(id_token(port, ADA.sub)).json["data"]["whoami"]
        assert ada["auth"] == "oidc:localhost" and ada["actor"].startswith("u_") and "ada" not in ada["actor"]
        assert ada["scopes"] == ["AUDIT_READ", "READ"]
        assert (ada["namespaces"], ada["hiddenTags"]) == (["db://a"], ["secret"])
        bob = asks(id_token(port, BOB.sub)).json["data"]["whoami"]
        assert (bob["scopes"], bob["namespaces"]) == (["READ"], None)
        assert asks(id_token(port, BOB.sub, client="another-service")).status == 401
        (person,) = service.context.doors.keys.people([ada["actor"]])
        assert (person.issuer, person.subject) == (issuer, ADA.sub)
    service.context.doors._provider._tried_s = -oidc.REFETCH_S  # type: ignore[union-attr]
    with run_server_in_thread(port, user_claims=[BOB]):  # the same provider with a new key
        assert asks(id_token(port, BOB.sub)).json["data"]["whoami"]["actor"] == bob["actor"]


class Scripted:
    """A provider whose every answer a test chooses."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.issuer = ""
        self.told: dict[str, Any] = {}
        self.fetched = 0
        self.broken = False

    def answer(self, path: str) -> tuple[int, bytes]:
        self.fetched += path == "/jwks"
        if self.broken:
            return 500, b"{}"
        if path == "/jwks":
            return 200, json.dumps(
                {"keys": [key.as_dict(private=isinstance(key, OctKey)) for key in self.keys]}
            ).encode()
        return 200, json.dumps({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **self.told}).encode()


@contextmanager
def scripted() -> Iterator[Scripted]:
    made = Scripted()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        made.issuer = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
        thread.join()


RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})


def signed(issuer: str, key: Any = RSA, alg: str = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token that is good but for what is given; a claim of None is left out."""
    now = int(time.time())
    told = {"iss": issuer, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600, "roles": ["lineage:read"]}
    told = {name: value for name, value in {**told, **claims}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, told, key, algorithms=[alg])


def person(provider: Provider, token: str) -> oidc.Person | None:
    return asyncio.run(_person(provider, token))


async def _person(provider: Provider, *tokens: str) -> Any:
    provider._fetching = asyncio.Lock()  # each run has a loop of its own
    found = [await provider.person(token, time.time_ns() // 1000) for token in tokens]
    await provider.close()
    provider._http = None
    return found[0] if len(found) == 1 else found


@pytest.fixture
def idp() -> Iterator[Scripted]:
    with scripted() as made:
        made.keys = [RSA, CURVE]
        yield made


@pytest.fixture
def provider(idp: Scripted, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return Provider(idp.issuer, AUDIENCE, Roles("roles", {}))


def test_only_what_is_signed_for_us_now_is_believed(idp: Scripted, provider: Provider) -> None:
    """Each claim has to be there, of its type, with its value; the clock may be a minute off."""
    now = int(time.time())
    assert person(provider, signed(idp.issuer)) is not None
    assert person(provider, signed(idp.issuer, CURVE, "ES256", aud=["x", AUDIENCE])) is not None
    assert person(provider, signed(idp.issuer, exp=now - 30, nbf=now + 30)) is not None
    for wrong in (
        {"iss": "https://elsewhere"}, {"iss": f"{idp.issuer}/"}, {"iss": None}, {"aud": "other"}, {"aud": None},
        {"aud": ["other"]}, {"aud": {"headwater": 1}}, {"exp": now - 90}, {"exp": None}, {"exp": "soon"}, {"exp": True},
        {"nbf": now + 90}, {"nbf": "x"}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256},
    ):  # fmt: skip
        assert person(provider, signed(idp.issuer, **wrong)) is None, wrong


def test_only_the_providers_own_keys_and_honest_algorithms_sign(idp: Scripted, provider: Provider) -> None:
    """No `none`, no shared secret (not even the public key as one), no other key, no key that the token brings along."""
    good = signed(idp.issuer)
    head, body, signature = good.split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoib25lIn0"
    hs256 = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    mac = hmac.digest(RSA.as_pem(private=False), f"{hs256}.{body}".encode(), "sha256")
    confused = f"{hs256}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    shared = OctKey.generate_key(256, {"kid": "shared"})
    idp.keys.append(shared)
    brought = {"jwk": OTHER.as_dict(private=False), "kid": "two"}
    for wrong in (
        f"{none}.{body}.", f"{none}.{body}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.",
        confused, signed(idp.issuer, shared, "HS256"), signed(idp.issuer, OTHER),
        signed(idp.issuer, OTHER, header={"kid": "one"}), signed(idp.issuer, OTHER, header=brought),
        "eyJ.eyJ.x", "ey..", "ey" + "." * 2, "ey[" * 4_000 + "..",
    ):  # fmt: skip
        assert person(provider, wrong) is None, wrong[:60]


def test_a_new_key_is_fetched_when_a_token_names_it_but_not_for_every_token(
    idp: Scripted, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rotation goes unnoticed; tokens with made-up keys make us ask the provider once in a while, not each time."""
    assert person(provider, signed(idp.issuer)) is not None
    idp.keys = [OTHER]
    assert person(provider, signed(idp.issuer, OTHER)) is None  # asked a moment ago
    assert idp.fetched == 1
    monkeypatch.setattr(oidc, "REFETCH_S", 0.0)
    assert person(provider, signed(idp.issuer, OTHER)) is not None
    assert idp.fetched == 2
    assert person(provider, signed(idp.issuer)) is None, "the old key is gone"
    monkeypatch.setattr(oidc, "REFETCH_S", 60.0)
    tokens = [signed(idp.issuer, OTHER, header={"kid": f"made-up-{number}"}) for number in range(20)]
    before = idp.fetched
    assert asyncio.run(_person(provider, *tokens)) == [None] * 20
    assert idp.fetched <= before + 1


def test_a_token_is_checked_once_and_believed_no_longer_than_it_says(
    idp: Scripted, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was verified is remembered for seconds, never past its end, and not when the keys have changed."""
    token = signed(idp.issuer)
    checked = []
    decode = jwt.decode
    monkeypatch.setattr(oidc.jwt, "decode", lambda *a, **k: checked.append(1) or decode(*a, **k))
    assert all(asyncio.run(_person(provider, token, token, token)))
    assert len(checked) == 1
    ending = signed(idp.issuer, exp=int(time.time()) - oidc.LEEWAY_S + 1)
    assert person(provider, ending) is not None
    time.sleep(1.1)
    assert person(provider, ending) is None


@pytest.mark.parametrize(
    "told", [{"issuer": "https://elsewhere"}, {"jwks_uri": "http://10.0.0.1/jwks"}, {"jwks_uri": None}, {"jwks_uri": "x"}],
    ids=["other issuer", "unsafe keys", "no keys", "no address"],
)  # fmt: skip
def test_a_provider_that_is_not_what_it_should_be_lets_nobody_in(
    idp: Scripted, provider: Provider, told: dict[str, Any]
) -> None:
    """The discovery document has to name the issuer, and lead to its keys over a way that nobody can change."""
    idp.told = told
    with pytest.raises(Overloaded):
        person(provider, signed(idp.issuer))


def test_while_the_provider_is_away_its_keys_are_believed_for_minutes(
    idp: Scripted, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nobody comes in, and is told to try again: 503, not 401."""
    assert person(provider, signed(idp.issuer)) is not None
    idp.broken = True
    assert person(provider, signed(idp.issuer, sub="bob")) is not None
    monkeypatch.setattr(oidc, "FRESH_S", 0.0)
    monkeypatch.setattr(oidc, "REFETCH_S", 0.0)
    with pytest.raises(Overloaded):
        person(provider, signed(idp.issuer, sub="eve"))


def test_roles_add_up_and_the_claim_of_namespaces_narrows(tmp_path: Path) -> None:
    """Scopes and namespaces are the union over roles, hidden tags what all of them hide; unknown roles mean nothing."""
    path = tmp_path / "roles.json"
    rights = {
        "team-a": {"scopes": ["lineage:read"], "namespaces": ["db://a*"], "hiddenTags": ["pii", "hr"]},
        "team-b": {"scopes": ["lineage:write"], "namespaces": ["db://b"], "hiddenTags": ["pii"], "counts": True},
    }
    path.write_text(json.dumps(rights))
    roles = Roles.read("realm_access.roles", path)

    def of(*names: str, **claims: Any) -> Principal:
        return roles.principal({"realm_access": {"roles": list(names)}, **claims}, "u", "oidc")

    both = of("team-a", "team-b", "other")
    assert both.scopes == {Scope.READ, Scope.WRITE}
    assert (both.namespaces, both.hidden_tags, both.counts) == (("db://a*", "db://b"), {"pii"}, True)
    narrowed = of("team-a", "team-b", headwater_namespaces=["db://a1", "db://c", "db://b", "db*"])
    assert narrowed.namespaces == ("db://a1", "db://b")
    assert of("other").scopes == frozenset() and not of("other").sees_namespace("db://a")
    everything = of(scope="openid lineage:read audit:read")
    assert everything.scopes == {Scope.READ, Scope.AUDIT_READ} and everything.sees_everything
    url = Roles("https://example.org/roles", {})
    assert url.principal({"https://example.org/roles": "lineage:read"}, "u", "oidc").may(Scope.READ)


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"a": 1}', '{"a": {}}', '{"a": {"scopes": []}}', '{"a": {"scopes": ["x"]}}', '{"a": {"scopes": "x"}}',
     '{"a": {"scopes": ["lineage:read"], "other": 1}}', '{"a": {"scopes": ["lineage:read"], "namespaces": []}}',
     '{"a": {"scopes": ["lineage:read"], "counts": 1}}'],
)  # fmt: skip
def test_a_file_of_roles_that_cannot_be_stops_the_start(tmp_path: Path, text: str) -> None:
    """With the file and the role, before anybody comes in."""
    path = tmp_path / "roles.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        Roles.read("roles", path)
