"""docker-compose.yml and the Dockerfile, held to the code where no container engine runs: names, ports, health, secrets."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from api.cli.arguments import parser
from lineage.settings import Settings, table
from lineage.store import open_store
from tests.neo4j.server import IMAGE, VERSION

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {"HEADWATER_API_KEY": "a-key-of-clients", "NEO4J_PASSWORD": "correct-horse-9"}


def composed(environment: dict[str, str]) -> dict[str, Any]:
    """The file as compose reads it: variables put in, an error for one that must be given."""

    def given(found: re.Match[str]) -> str:
        name, _, why = found[1].partition(":?")
        if not environment.get(name):
            raise KeyError(f"{name}: {why}")
        return environment[name]

    text = (ROOT / "docker-compose.yml").read_text()
    document: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{([^}]+)\}", given, text))
    return document


def dockerfile() -> list[tuple[str, str]]:
    """Instructions and their arguments, continued lines joined, comments left out."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M))
    return [(line.split()[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def of_image() -> dict[str, str]:
    """The environment that the image sets."""
    return dict(pair.split("=", 1) for name, more in dockerfile() if name == "ENV" for pair in shlex.split(more))


@pytest.mark.parametrize("missing", SECRETS)
def test_compose_does_not_start_without_a_secret(missing: str) -> None:
    """Both secrets come from the environment, and what is missing is named."""
    with pytest.raises(KeyError, match=missing):
        composed({**SECRETS, missing: ""})


def test_no_secret_stands_in_the_file() -> None:
    """Every value that a secret is part of is put in by compose."""
    text = (ROOT / "docker-compose.yml").read_text()
    for line in text.splitlines():
        name, _, value = line.strip().partition(": ")
        if re.fullmatch(r"[A-Z0-9_]*(AUTH|KEY|PASSWORD|STORE)", name):
            assert "${" in value, line


def test_the_service_understands_its_environment(tmp_path: Path) -> None:
    """Each variable is a setting, the service listens where compose publishes it, and its store opens."""
    service = composed(SECRETS)["services"]["headwater"]
    environment = {**of_image(), **service["environment"]}
    ours = {name: value for name, value in environment.items() if name.startswith("HEADWATER_")}
    assert ours.keys() <= {setting.variable for setting in table()}
    settings = Settings.from_environment(ours)
    assert (settings.host, settings.port, settings.log_format) == ("0.0.0.0", 8765, "json")
    assert service["ports"] == [f"127.0.0.1:8765:{settings.port}"]
    assert service["volumes"] == [f"ledger:{settings.data}"]
    open_store(settings.store, tmp_path).close()


def test_the_store_is_the_neo4j_beside_it() -> None:
    """Host, port, user and password of the store's URL are those of the other service, which is waited for."""
    services = composed(SECRETS)["services"]
    url = urlsplit(services["headwater"]["environment"]["HEADWATER_STORE"])
    assert url.hostname in services
    beside = services[url.hostname]
    assert beside["environment"]["NEO4J_AUTH"] == f"{url.username}/{url.password}"
    assert f"127.0.0.1:7687:{url.port}" in beside["ports"]
    assert services["headwater"]["depends_on"][url.hostname]["condition"] == "service_healthy"
    assert beside["image"] == IMAGE
    assert IMAGE.removeprefix("neo4j:").removesuffix("-community") == VERSION.rpartition(".")[0]


def test_volumes_have_names_and_nothing_is_published_beyond_this_machine() -> None:
    """Data outlives containers, and ports are on loopback until an operator says otherwise."""
    document = composed(SECRETS)
    for service in document["services"].values():
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= document["volumes"].keys()
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"


def test_the_health_commands_ask_what_the_service_answers() -> None:
    """Both the image's and compose's own check are valid Python that asks for /readyz, a path of the API, at its port."""
    in_image = next(more for name, more in dockerfile() if name == "HEALTHCHECK").partition("CMD ")[2]
    for command in (ast.literal_eval(in_image), composed(SECRETS)["services"]["headwater"]["healthcheck"]["test"][1:]):
        assert command[:2] == ["python", "-c"]
        tree = ast.parse(command[2])
        (url,) = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and "http" in str(node.value)]
        assert url == "http://127.0.0.1:8765/readyz"
    assert '"/readyz"' in (ROOT / "api" / "health.py").read_text()


def test_the_image_is_built_from_what_is_there_and_runs_without_root() -> None:
    """Every copied file exists and is let in by .dockerignore; two stages; a user of its own; a command that parses."""
    instructions = dockerfile()
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name, more in instructions:
        if name == "COPY" and not more.startswith("--from"):
            sources = more.split()[:-1]
            assert all((ROOT / source).exists() and source in let_in for source in sources), more
    assert [name for name, _ in instructions].count("FROM") == 2
    user = [more for name, more in instructions if name == "USER"][-1]
    assert user not in ("root", "0")
    program, *arguments = ast.literal_eval(next(more for name, more in instructions if name == "CMD"))
    assert program == "headwater"
    assert parser().parse_args(arguments)
    assert "--require-hashes" in next(more for name, more in instructions if name == "RUN")


def test_neo4j_ends_no_transaction_before_the_writer_does() -> None:
    """Neo4j's limit for transactions is no shorter than what the writer may need."""
    from lineage.store.neo4j.connections import WRITE_TIMEOUT_S

    told = composed(SECRETS)["services"]["neo4j"]["environment"]["NEO4J_db_transaction_timeout"]
    assert int(told.removesuffix("s")) >= WRITE_TIMEOUT_S
