"""Settings: where a value comes from, what is refused, and what never shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.errors import SettingsError
from lineage.settings import Settings, table, unknown_variables


def test_defaults_are_those_that_the_interface_promises() -> None:
    """Without flags and variables a command runs on the documented defaults."""
    settings = Settings.from_environment({})
    assert (settings.data, settings.store, settings.port) == (Path("headwater-data"), "sqlite:", 8765)
    assert settings.url == "http://127.0.0.1:8765"
    assert (settings.host, settings.api_key, settings.insecure) == ("127.0.0.1", None, False)
    assert settings.body_bytes_max == 64 * 1024 * 1024


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_default() -> None:
    """The order of precedence is flag, variable, default; None and an empty variable count as not given."""
    environ = {"HEADWATER_DATA": "/srv/a", "HEADWATER_PORT": "9000", "HEADWATER_STORE": ""}
    settings = Settings.from_environment(environ, data=Path("/srv/b"), port=None)
    assert (settings.data, settings.port, settings.store) == (Path("/srv/b"), 9000, "sqlite:")


def test_commands_follow_the_port_when_no_address_is_given() -> None:
    """HEADWATER_PORT moves the service and the commands that talk to it; HEADWATER_URL wins."""
    assert Settings.from_environment({"HEADWATER_PORT": "9000"}).url == "http://127.0.0.1:9000"
    environ = {"HEADWATER_PORT": "9000", "HEADWATER_URL": "https://lineage.example/"}
    assert Settings.from_environment(environ).url == "https://lineage.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_key(host: str) -> None:
    """On loopback the service starts open."""
    assert Settings.from_environment({}, host=host).listens_on_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "lineage.example", ""])
def test_beyond_loopback_is_refused_without_a_key_or_a_plain_word(host: str) -> None:
    """An open port without a key is a SettingsError that names the ways out; a key or --insecure allows it."""
    with pytest.raises(SettingsError, match=r"HEADWATER_API_KEY.*--insecure") as caught:
        Settings.from_environment({}, host=host)
    assert caught.value.code == "SETTINGS"
    assert Settings.from_environment({"HEADWATER_API_KEY": "k-1"}, host=host).api_key == "k-1"
    assert Settings.from_environment({"HEADWATER_INSECURE": "yes"}, host=host).insecure


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("HEADWATER_PORT", "http"),
        ("HEADWATER_PORT", "65536"),
        ("HEADWATER_PORT", "8_765"),
        ("HEADWATER_PORT", "-1"),
        ("HEADWATER_STORE", "postgres://x"),
        ("HEADWATER_STORE", "sqlite"),
        ("HEADWATER_URL", "lineage.example:8765"),
        ("HEADWATER_INSECURE", "maybe"),
        ("HEADWATER_BODY_BYTES_MAX", "0"),
        ("HEADWATER_LOG_LEVEL", "loud"),
        ("HEADWATER_LOG_FORMAT", "xml"),
        ("HEADWATER_API_KEY", "two words"),
    ],
)
def test_what_cannot_be_is_refused_by_name(variable: str, text: str) -> None:
    """A bad value names its variable, so that it can be found and mended."""
    with pytest.raises(SettingsError, match=variable) as caught:
        Settings.from_environment({variable: text})
    assert caught.value.place == variable


def test_a_bad_flag_is_named_as_a_flag() -> None:
    """The message names what the person typed."""
    with pytest.raises(SettingsError, match="--log-level"):
        Settings.from_environment({}, log_level="loud")


def test_secrets_show_neither_in_the_repr_nor_in_errors() -> None:
    """A key and a database password stay out of logs and tracebacks."""
    settings = Settings.from_environment({}, api_key="k-secret", store="neo4j://neo4j:k-secret@db:7687/neo4j")
    assert "k-secret" not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"HEADWATER_STORE": "postgres://u:k-secret@db"})
    assert "k-secret" not in str(caught.value)


def test_every_setting_is_in_the_table_with_a_meaning() -> None:
    """The documentation's table is made from the fields: none is missing, none is mute."""
    rows = {row.name: row for row in table()}
    assert rows["data"].variable == "HEADWATER_DATA"
    assert rows["data"].default == "./headwater-data"
    assert rows["insecure"].default == "0"
    assert rows["api_key"].default == ""
    assert all(row.meaning.endswith(".") for row in rows.values())


def test_a_misspelt_variable_is_found() -> None:
    """A variable with our prefix that is no setting can be told to the operator."""
    environ = {"HEADWATER_APIKEY": "x", "HEADWATER_API_KEY": "x", "HOME": "/"}
    assert unknown_variables(environ) == ("HEADWATER_APIKEY",)


def test_paths_lie_in_the_data_folder() -> None:
    """Two files in the data folder: the ledger and the state."""
    settings = Settings(data=Path("/srv/hw"))
    assert settings.ledger_path == Path("/srv/hw/ledger.sqlite")
    assert settings.state_path == Path("/srv/hw/state.sqlite")


def test_a_flag_that_is_no_setting_is_a_programming_error() -> None:
    """A typo in our own code does not pass as a setting."""
    with pytest.raises(TypeError, match="colour"):
        Settings.from_environment({}, colour="red")
