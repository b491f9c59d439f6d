"""The page at /graphql: from our own files, for browsers only, and able to load nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from api.graphql.page import MEDIA_TYPES
from tests.api.conftest import Service, Start

IDE = files("api.graphql").joinpath("ide")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PERSON_WAITS_MS = 20_000


def names() -> list[str]:
    """All files of the page that are served."""
    return sorted(each.name for each in IDE.iterdir() if each.name.rpartition(".")[2] in MEDIA_TYPES)


def test_a_browser_gets_the_page_and_a_program_does_not(service: Service) -> None:
    """The same address, told apart by what is accepted; a question in the address is answered, not shown the page."""
    page = service.request("GET", "/graphql", headers=BROWSER)
    assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert service.request("GET", "/graphql", headers={"Accept": "*/*"}).status == 400
    asked = service.request("GET", "/graphql?query=%7B__typename%7D", headers=BROWSER)
    assert asked.json["data"] == {"__typename": "Query"}


def test_all_that_the_page_names_is_served_by_us(service: Service) -> None:
    """Each script and style sheet, with its type; known by its hash the second time; nothing beside them."""
    page = service.request("GET", "/graphql", headers=BROWSER).body.decode()
    named = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert {name.rpartition("/")[2] for name in named} == {n for n in names() if n.endswith((".js", ".css"))}
    for name in named:
        got = service.request("GET", name)
        assert got.status == 200 and got.headers["content-type"].startswith(("text/javascript", "text/css"))
        assert service.request("GET", name, headers={"If-None-Match": got.headers["etag"]}).status == 304
    for other in ("/graphql/ide/nothing.js", "/graphql/ide/vendored.json", "/graphql/ide/..%2fpage.py"):
        assert service.request("GET", other).status == 404


def test_the_page_needs_no_key_and_shows_nothing(start: Start) -> None:
    """A browser can send no key before there is a page to type it into; the questions asked there need it."""
    service = start(api_key="s3cret-key")
    assert service.request("GET", "/graphql", headers=BROWSER).status == 200
    assert service.request("GET", "/graphql/ide/start.js").status == 200
    assert service.request("POST", "/graphql", b"{}", {"Content-Type": "application/json"}).status == 401


def test_what_was_copied_is_what_was_written_down() -> None:
    """vendored.json has the versions and hashes; LICENCES.txt names every package."""
    told = json.loads(IDE.joinpath("vendored.json").read_text())
    for name, digest in told["sha256"].items():
        assert hashlib.sha256(IDE.joinpath(name).read_bytes()).hexdigest() == digest, name
    licences = IDE.joinpath("LICENCES.txt").read_text()
    for package, version in told["versions"].items():
        assert f"{package} {version}" in licences
    for name in names():
        if name.endswith((".css", ".html")):
            text = IDE.joinpath(name).read_text()
            assert re.findall(r"url\(\s*['\"]?(?!data:|#)[^)]*", text) == []
            assert "http" not in re.sub(r"http://www\.w3\.org/[^\"'\s]*", "", text)


@pytest.mark.slow
def test_a_real_browser_draws_it(service: Service, tmp_path: Path) -> None:
    """Chromium without a network finds everything it needs and draws the editor."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.fail("This test needs Chromium on PATH (Debian, Ubuntu: apt-get install chromium).")
    drawn = subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom", f"--user-data-dir={tmp_path}",
         f"--virtual-time-budget={PERSON_WAITS_MS}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
         f"{service.url}/graphql"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "graphiql-execute-button" in drawn.stdout, drawn.stderr
    assert "Where does a table" in drawn.stdout
