"""GraphQL over HTTP: media types, statuses, and what is no request. The same rules as graphql-http's audits, and more."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.graphql.media import ANSWERS, Media, choose, is_json
from lineage.errors import SettingsError, StoreError
from lineage.settings import Settings
from tests.api.conftest import Service
from tests.graphql.service import Endpoint, endpoint

RESPONSE, JSON = "application/graphql-response+json", "application/json"
NAME = "query Type($name: String!) { __type(name: $name) { name } }"


def post(shop: Endpoint, body: Any, accept: str | None = None, **headers: str) -> Any:
    """The response to a POST; bytes as they are, everything else as JSON."""
    headers = {"content-type": JSON, **headers, **({"accept": accept} if accept else {})}
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    if accept is None:
        shop.client.headers.pop("accept", None)
    return shop.client.post("/graphql", headers=headers, **content)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{JSON}, {RESPONSE};q=0.9", JSON),
        (f"{RESPONSE};q=0.1, */*;q=0.5", JSON),
        (f"{JSON};q=0, */*", RESPONSE),
        ("text/html, */*;q=0.1", JSON),
        ("text/event-stream", "text/event-stream"),
        ("text/*", None),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON}; charset=latin1", None),
        (f"{JSON};q=nonsense", None),
        (",;,q=1;;=,", None),
    ],
)
def test_the_media_type_is_what_the_client_likes_best(accept: str | None, media: str | None) -> None:
    """Quality first, then how exactly it was named; anything means JSON; events only for those who name them."""
    assert choose(accept, ANSWERS) == (media and Media(media))


def test_a_browser_gets_the_page_where_there_is_one() -> None:
    """HTML is preferred by browsers, and by nobody else."""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    assert choose(browser, (*ANSWERS, Media.PAGE)) is Media.PAGE
    assert choose("*/*", (*ANSWERS, Media.PAGE)) is Media.JSON


def test_bodies_are_json_in_utf8() -> None:
    """With or without saying UTF-8; nothing else."""
    assert is_json(JSON) and is_json("Application/JSON; Charset=UTF-8") and is_json('application/json;charset="utf-8"')
    assert not is_json(None) and not is_json("text/plain") and not is_json("application/json; charset=utf-16")


def test_nothing_that_fits_is_406(shop: Endpoint) -> None:
    """A problem that says what there is."""
    refused = post(shop, {"query": "{ __typename }"}, "text/turtle")
    assert refused.status_code == 406 and refused.headers["content-type"] == "application/problem+json"
    assert RESPONSE in refused.json()["detail"]


@pytest.mark.parametrize("accept", [None, "*/*", JSON, RESPONSE])
@pytest.mark.parametrize("by_get", [True, False])
def test_answers_are_utf8_of_the_type_asked_for(shop: Endpoint, accept: str | None, by_get: bool) -> None:
    """By GET and by POST; variables and extensions may be null, or left out."""
    for more in ({}, {"variables": None, "operationName": None, "extensions": None}, {"extensions": {"some": "value"}}):
        if by_get:
            told = shop.client.get(
                "/graphql", params={"query": NAME, "variables": '{"name": "R🏃"}'}, headers={"accept": accept or JSON}
            )
        else:
            told = post(
                shop, {"query": NAME, "variables": {"name": "R🏃"}} | {k: v for k, v in more.items() if v}, accept
            )
            assert post(shop, {"query": "{ __typename }", **more}, accept).status_code == 200
        assert told.status_code == 200 and told.json()["data"] == {"__type": None} and "errors" not in told.json()
        wanted = accept if accept == RESPONSE else JSON
        assert told.headers["content-type"] == f"{wanted}; charset=utf-8" and told.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    "members",
    [
        {"notquery": "{ __typename }"},
        *({"query": wrong} for wrong in ({"obj": "ect"}, 0, False, ["array"], "")),
        *({"query": "{ __typename }", "operationName": wrong} for wrong in ({"obj": "ect"}, 0, False, ["array"])),
        *({"query": "{ __typename }", "variables": wrong} for wrong in ("string", 0, False, ["array"])),
        *({"query": "{ __typename }", "extensions": wrong} for wrong in ("string", 0, False, ["array"])),
        {"query": "{ __typename }", "documentId": 5},
        ["array"],
        "string",
        None,
    ],
)
@pytest.mark.parametrize("accept", [JSON, RESPONSE])
def test_parameters_that_cannot_be_are_400(shop: Endpoint, members: Any, accept: str) -> None:
    """An error that names the parameter, in the type asked for, without data."""
    refused = post(shop, members, accept)
    assert refused.status_code == 400, refused.text
    assert refused.headers["content-type"] == f"{accept}; charset=utf-8"
    assert "data" not in refused.json() and refused.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("body", [b"", b"{", b'{"query":', b"\xff\xfe", b"[" * 5000, b"{ __typename }"])
def test_what_is_no_json_is_400(shop: Endpoint, body: bytes) -> None:
    """Empty, cut off, of another encoding, nested without end, or the bare document."""
    assert post(shop, body, RESPONSE).status_code == 400


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/graphql", "multipart/form-data", "application/json; charset=latin1"]
)
def test_other_bodies_are_415(shop: Endpoint, kind: str) -> None:
    """A simple form of another site cannot be a request."""
    assert post(shop, b'{"query": "{ __typename }"}', **{"content-type": kind}).status_code == 415


REFUSED = (
    ("{", None, "BAD_QUERY"),
    ("{ nobody }", None, "BAD_QUERY"),
    (NAME, {"name": [1]}, "BAD_INPUT"),
    (NAME, None, "BAD_INPUT"),
    ("query A { __typename } query B { __typename }", None, "BAD_INPUT"),
    ("fragment A on Query { __typename }", None, "BAD_INPUT"),
)


@pytest.mark.parametrize(("query", "variables", "code"), REFUSED)
def test_what_graphql_refuses_is_200_as_json_and_400_as_its_own_type(
    shop: Endpoint, query: str, variables: Any, code: str
) -> None:
    """Parsing, validation, variables: no `data` in either."""
    for accept, status in ((JSON, 200), (RESPONSE, 400)):
        refused = post(shop, {"query": query, "variables": variables}, accept)
        assert refused.status_code == status and "data" not in refused.json()
        assert refused.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
def test_an_answer_with_errors_is_200(shop: Endpoint, accept: str) -> None:
    """Once it was asked, an error has its path, and data stands beside it."""
    told = post(shop, {"query": '{ node(id: "hw:nothing") { id } __typename }'}, accept)
    assert told.status_code == 200 and told.json()["data"]["__typename"] == "Query"
    assert told.json()["errors"][0]["path"] == ["node"]


def test_a_mutation_by_get_is_405(shop: Endpoint) -> None:
    """A link must not change anything. It says how to ask instead."""
    mutation = 'mutation { removeAlias(input: {kind: JOB, from: "n a", reason: "r"}) { index } }'
    refused = shop.client.get("/graphql", params={"query": mutation}, headers={"accept": RESPONSE})
    assert refused.status_code == 405 and refused.headers["allow"] == "POST" and "data" not in refused.json()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_are_405(shop: Endpoint, method: str) -> None:
    """With both that there are."""
    refused = shop.client.request(method, "/graphql")
    assert refused.status_code == 405 and refused.headers["allow"] == "GET, POST"


def test_an_operation_that_is_not_there_is_refused(shop: Endpoint) -> None:
    """Also when the document has just one."""
    refused = post(shop, {"query": "query A { __typename }", "operationName": "B"}, RESPONSE)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"] == {"code": "BAD_INPUT", "place": "operationName"}


def test_a_body_without_end_is_413(service: Service) -> None:
    """5 MB of query: refused by its declared length, or as soon as it is too much."""
    query = b'{"query": "{ __typename }' + b" " * 5_000_000 + b'"}'
    assert service.post(query, "/graphql").status == 413

    def pieces() -> Iterator[bytes]:
        for begin in range(0, len(query), 10_000):
            yield query[begin : begin + 10_000]

    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read what it refuses
        assert (
            service.post(pieces(), "/graphql", encode_chunked=True, headers={"Transfer-Encoding": "chunked"}).status
            == 413
        )


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
def test_a_store_that_is_away_says_when_to_ask_again(
    shop: Endpoint, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    """The header for programs that know HTTP, the extension for those that know GraphQL."""

    def down(*_: object, **__: object) -> None:
        raise StoreError("The store is down. Ask again.", retryable=True)

    monkeypatch.setattr(type(shop.graph.store), "applied", down)
    told = post(shop, {"query": "{ ledger { size } }"}, accept)
    assert told.headers["retry-after"] == "2"
    assert told.json()["errors"][0]["extensions"]["retryAfterSeconds"] == 2


def test_a_known_document_is_asked_for_by_its_hash(shop: Endpoint) -> None:
    """The commands' own documents; by Apollo's extension, or by GraphQL over HTTP's documentId."""
    from api.cli.documents import LEDGER

    name = hashlib.sha256(LEDGER.encode()).hexdigest()
    for asked in (
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": name}}},
        {"documentId": f"sha256:{name}"},
        {"query": LEDGER, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": name.upper()}}},
    ):
        assert post(shop, asked).json()["data"]["ledger"]["size"] == "10"
    unknown = post(shop, {"documentId": "sha256:" + "0" * 64}).json()["errors"][0]
    assert unknown == {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    wrong = {"query": "{ __typename }", "extensions": {"persistedQuery": {"sha256Hash": name}}}
    assert post(shop, wrong).status_code == 400
    assert post(shop, {"extensions": {"persistedQuery": "x"}}).status_code == 400


def test_with_trusted_documents_no_others_are_answered(tmp_path: Path) -> None:
    """The operator's folder, and what Headwater's own commands ask; introspection is none of them."""
    folder = tmp_path / "documents" / "team"
    folder.mkdir(parents=True)
    (folder / "a.graphql").write_text("\nquery Mine { ledger { size } }\n")
    with endpoint(tmp_path, "a -> b by j", trusted_documents=tmp_path / "documents") as shop:
        from api.cli.documents import ALIASES

        for query in ("query Mine { ledger { size } }", ALIASES):
            assert "errors" not in shop.answer(query)
        assert shop.refused("{ __typename }")["code"] == "UNTRUSTED_DOCUMENT"
        assert post(shop, {"query": "{ __typename }"}, RESPONSE).status_code == 400


def test_a_folder_without_documents_does_not_start(tmp_path: Path) -> None:
    """It would close the endpoint to everybody: said at the start, not in each answer."""
    from api.graphql.documents import Documents

    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SettingsError, match="graphql"):
            Documents.of(folder)
    (tmp_path / "x.graphql").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        Documents.of(tmp_path)
    assert Settings().trusted_documents is None


def test_events_are_sent_to_those_who_accept_them(shop: Endpoint) -> None:
    """A query over server-sent events is one `next` and `complete`."""
    told = post(shop, {"query": "{ __typename }"}, "text/event-stream")
    assert told.headers["content-type"].startswith("text/event-stream")
    first, *rest = told.text.split("\r\n\r\n")
    event, _, data = first.partition("\r\ndata: ")
    assert event == "event: next" and json.loads(data)["data"] == {"__typename": "Query"}
    assert rest == ["event: complete\r\ndata: ", ""]
