"""Names by OpenLineage's rules, and passwords that are nowhere to be seen."""

import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.database import address_of
from collectors.database.choice import SchemaChoice
from collectors.database.opening import unreachable
from lineage.errors import InputError
from tests.collectors.conftest import Run


@pytest.mark.parametrize(
    ("url", "namespace", "name"),
    [
        ("postgresql://u:p@DB.example:5433/shop", "postgres://DB.example:5433", "shop.s.t"),
        ("postgres://u@db/shop", "postgres://db:5432", "shop.s.t"),
        ("postgresql+psycopg2://db/shop?sslmode=require", "postgres://db:5432", "shop.s.t"),
        ("mysql+pymysql://u:p@db/shop", "mysql://db:3306", "s.t"),
        ("mariadb://u:p@db:3307/shop", "mysql://db:3307", "s.t"),
        ("mssql+pyodbc://u:p@db/shop?driver=x", "mssql://db:1433", "shop.s.t"),
        ("oracle://u:p@db:1521/XE", "oracle://db:1521", "XE.s.t"),
        ("snowflake://u:p@acme-eu/SHOP/PUBLIC", "snowflake://acme-eu", "SHOP.s.t"),
        ("bigquery://project", "bigquery", "project.s.t"),
        ("trino://u@coordinator:8080/hive", "trino://coordinator:8080", "hive.s.t"),
        ("clickhouse://u:p@db/shop", "clickhouse://db:8123", "s.t"),
        ("firebird://u:p@db:3050/shop", "firebird://db:3050", "shop.s.t"),
        ("postgresql://u:p@[::1]:5432/shop", "postgres://[::1]:5432", "shop.s.t"),
    ],
)
def test_namespaces_and_names_follow_openlineages_rules(url: str, namespace: str, name: str) -> None:
    """scheme://host:port with the default port written out, and as many parts as the system has."""
    address = address_of(url)
    assert (address.namespace, address.dataset("s", "t")) == (namespace, name)


def test_files_are_named_by_their_whole_path(folder: Path) -> None:
    """No rule exists; a relative path would be another database in another folder."""
    assert address_of("sqlite:///shop.db").namespace == f"sqlite://{folder.resolve()}/shop.db"
    duck = address_of("duckdb:///shop.duckdb")
    assert (duck.namespace, duck.dataset("main", "t")) == (f"duckdb://{folder.resolve()}/shop.duckdb", "shop.main.t")


def test_the_url_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no list of processes shows it."""
    monkeypatch.setenv("SHOP_URL", "mysql://u:p@db/shop")
    assert address_of("env:SHOP_URL").namespace == "mysql://db:3306"
    with pytest.raises(InputError, match="SHOP_URL2 is not set"):
        address_of("env:SHOP_URL2")


@given(
    password=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=8),
    backend=st.sampled_from(["postgresql", "mysql", "oracle", "snowflake", "nosuch"]),
)
def test_a_password_is_in_nothing_that_can_be_seen(password: str, backend: str) -> None:
    """Neither in names, nor in reprs, nor in a driver's complaint that repeats it in any spelling."""
    address = address_of(
        f"{backend}://reader:{quote(password, safe='')}@db.example:1234/shop?token={quote(password, safe='')}"
    )
    complaint = unreachable(address, RuntimeError(f"cannot log in with {password} or {quote(password, safe='')}"))
    seen = "\n".join((address.shown, address.namespace, repr(address), address.dataset("s", "t"), complaint.message))
    assert password not in seen and quote(password, safe="") not in seen


@pytest.mark.parametrize(
    "url", ["", "no url", "postgresql:/u:secret99@db", "://u:secret99@db", "postgresql://u:secret99@db"]
)
def test_what_is_no_url_is_not_repeated(url: str) -> None:
    """It may hold a password all the same."""
    with pytest.raises(InputError) as caught:
        address_of(url)
    assert "secret99" not in str(caught.value)


def test_a_database_that_cannot_be_reached_is_exit_3(run: Run) -> None:
    """With the reason, without the password."""
    ended = run("collect", "database", "postgresql://u:secret99@127.0.0.1:1/x", "--to", "-")
    assert ended.code == 3 and "127.0.0.1" in ended.err and "secret99" not in ended.err + ended.out
    ended = run("collect", "database", "duckdb:////nowhere/x.duckdb", "--to", "-")
    assert ended.code == 3


def test_a_missing_dialect_or_driver_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2."""
    ended = run("collect", "database", "firebird://u:secret99@db/x", "--to", "-")
    assert ended.code == 2 and "headwater[database]" in ended.err and "secret99" not in ended.err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    ended = run("collect", "database", "sqlite:///x.db", "--to", "-")
    assert ended.code == 2 and "headwater[database]" in ended.err


def test_schemas_are_chosen_by_name_or_glob() -> None:
    """What was asked for, else what the URL chooses, else all."""
    assert SchemaChoice.of(["sales_*"], "x").chooses("sales_eu") and not SchemaChoice.of(["sales_*"], "x").chooses("x")
    assert SchemaChoice.of([], "x").chooses("x") and not SchemaChoice.of([], "x").chooses("y")
    assert SchemaChoice.of([], "").chooses("anything")


def test_sqlalchemy_is_loaded_by_the_command_only() -> None:
    """Other commands do not wait for it."""
    import subprocess

    program = (
        "import sys, api.cli.arguments, collectors.database, api.cli.collecting; sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
