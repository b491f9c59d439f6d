"""A real MariaDB: schemas are databases, comments, keys, views over another database."""

from collections.abc import Iterator

import pytest

from tests.collectors import mariadb
from tests.collectors.conftest import Run, by_name, columns, lines, sources

pytestmark = pytest.mark.slow

SHOP = (
    "CREATE DATABASE shop",
    "CREATE DATABASE crm",
    "CREATE TABLE crm.people (id bigint PRIMARY KEY, email varchar(80) NOT NULL COMMENT 'the address', `Full Name` text)"
    " COMMENT='who buys'",
    "CREATE TABLE shop.orders (id bigint PRIMARY KEY, person bigint, amount decimal(10, 2),"
    " FOREIGN KEY (person) REFERENCES crm.people (id))",
    "CREATE VIEW shop.daily AS SELECT md5(p.email) AS who, sum(o.amount) AS total, p.`Full Name` FROM shop.orders o "
    "JOIN crm.people p ON p.id = o.person GROUP BY 1, 3",
)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    """A server of this module's own, with the shop in it."""
    with mariadb.server() as (url, port):
        with mariadb.connect(port) as connection, connection.cursor() as cursor:
            for statement in SHOP:
                cursor.execute(statement)
        yield url, port


def test_the_catalogue_is_told(server: tuple[str, int], run: Run) -> None:
    """Names are `database.table` under mysql://, for MariaDB too; comments, keys and views are there; a password is not."""
    url, port = server
    ended = run("collect", "database", url, "--to", "-")
    assert ended.code == 0 and mariadb.PASSWORD not in ended.out + ended.err
    told = by_name([event["dataset"] for event in lines(ended.out)])
    assert set(told) == {"crm.people", "shop.orders", "shop.daily"}
    people = told["crm.people"]
    assert people["namespace"] == f"mysql://127.0.0.1:{port}"
    assert people["facets"]["documentation"]["description"] == "who buys"
    assert people["facets"]["schema"]["fields"][1]["description"] == "the address"
    assert told["shop.orders"]["facets"]["headwater_keys"]["foreignKeys"][0]["name"] == "crm.people"
    assert set(sources(told["shop.daily"])) == {"shop.orders", "crm.people"}
    assert columns(told["shop.daily"]) == {
        "who": [("crm.people", "email", "TRANSFORMATION")],
        "total": [("shop.orders", "amount", "AGGREGATION")],
        "Full Name": [("crm.people", "Full Name", "IDENTITY")],
    }


def test_a_url_with_a_database_means_that_one(server: tuple[str, int], run: Run) -> None:
    """Its views may read others."""
    url, _ = server
    told = by_name([e["dataset"] for e in lines(run("collect", "database", f"{url}/shop", "--to", "-").out)])
    assert set(told) == {"shop.orders", "shop.daily"}
    assert set(sources(told["shop.daily"])) == {"shop.orders", "crm.people"}
