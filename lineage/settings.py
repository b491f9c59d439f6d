"""The settings of every command, read once from flags and `HEADWATER_*` environment variables.

A setting is one field of `Settings`: its name is the flag's name, its variable is `HEADWATER_` and the name in
capitals, and its metadata holds the parser and the sentence that the documentation prints (`table()`). A flag wins over
a variable, a variable over the default; an empty variable counts as not set. What cannot be is a `SettingsError` that
names the variable. There is no settings file: what runs is what `headwater doctor` prints.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from lineage.errors import SettingsError

PREFIX: Final = "HEADWATER_"

# An event of 25 MB passes with room, and one request cannot fill a small machine's memory.
BODY_BYTES_MAX_DEFAULT: Final = 64 * 1024 * 1024

STORE_SCHEMES: Final = ("sqlite", "neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
LOG_FORMATS: Final = ("text", "json")

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _store(text: str) -> str:
    scheme, colon, _ = text.partition(":")
    if not colon or scheme not in STORE_SCHEMES:
        raise ValueError("is not a store. Use `sqlite:` or `neo4j://user:password@host:7687/database`.")
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not a web address. Write it as `http://host:port`.")
    return text.rstrip("/")


def _api_key(text: str) -> str:
    # The key travels in a header, where blanks and letters beyond ASCII are cut or re-coded on the way.
    if not all("!" <= letter <= "~" for letter in text):
        raise ValueError("has blanks or letters that cannot travel in a header. Use visible ASCII letters only.")
    return text


def _issuer(text: str) -> str:
    # Not stripped: it has to be, letter for letter, what the provider's tokens say.
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is no issuer. Write it as the provider does: `https://login.example.org/realm`.")
    return text


def _host(text: str) -> str:
    return text.strip("[]")


def _port(text: str) -> int:
    return _whole_number(text, least=0, most=65_535)


def _seconds(text: str) -> int:
    return _whole_number(text, least=0, most=86_400)


def _bytes(text: str) -> int:
    return _whole_number(text, least=1, most=1 << 40)


def _whole_number(text: str, *, least: int, most: int) -> int:
    # `isdecimal` and ASCII: int() alone would take "1_000", " 7 " and digits of other scripts.
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ValueError(f"is not a whole number from {least} to {most}.")
    return int(text)


def _switch(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("is neither yes nor no. Use 1 or 0.")
    return text.lower() in _TRUE


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"is not one of {', '.join(choices)}.")
        return text.lower()

    return parse


def _about(parse: Callable[[str], Any], meaning: str, *, secret: bool = False) -> dict[str, Any]:
    return {"parse": parse, "meaning": meaning, "secret": secret}


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the documentation's table. `default` is as a person would write it; empty: there is none."""

    name: str
    variable: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one command runs with. Build it with `from_environment`; tests build it by name.

    Errors: SettingsError, also for a combination that would serve everybody's lineage to everybody (see `insecure`).
    """

    data: Path = field(
        default=Path("./headwater-data"),
        metadata=_about(_path, "Folder of the ledger and of the projector's state, the embedded graph included."),
    )
    keyring: Path | None = field(
        default=None,
        metadata=_about(
            _path,
            "Folder of the keys that payloads are encrypted with, best on another disk. Without it: `keyring` in the data "
            "folder.",
        ),
    )
    store: str = field(
        default="sqlite:",
        repr=False,  # it may hold Neo4j's password
        metadata=_about(
            _store,
            "The graph: `sqlite:` is embedded in the data folder, `neo4j://user:password@host:7687/database` a server.",
            secret=True,
        ),
    )
    url: str = field(
        default="http://127.0.0.1:8765",
        metadata=_about(_url, "The service that commands talk to. Without it: this machine, at the port below."),
    )
    api_key: str | None = field(
        default=None,
        repr=False,
        metadata=_about(_api_key, "The key that the server demands and that commands send.", secret=True),
    )
    oidc_issuer: str | None = field(
        default=None,
        metadata=_about(_issuer, "The OpenID Connect provider whose bearer tokens are believed, as it names itself."),
    )
    oidc_audience: str | None = field(
        default=None, metadata=_about(str, "What a token's `aud` must hold. Needed with `oidc_issuer`.")
    )
    oidc_roles_claim: str = field(
        default="roles",
        metadata=_about(str, "The claim that lists somebody's roles; a path with dots, like `realm_access.roles`."),
    )
    oidc_roles: Path | None = field(
        default=None,
        metadata=_about(_path, "JSON file of what each role may do. A role named like a scope needs none."),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=_about(_host, "The address to listen on. Other than loopback needs an API key, or `insecure`."),
    )
    port: int = field(
        default=8765,
        metadata=_about(_port, "The port to listen on; 0 lets the system choose a free one."),
    )
    insecure: bool = field(
        default=False,
        metadata=_about(
            _switch, "Listen beyond loopback without an API key: whoever reaches the port reads all of it."
        ),
    )
    body_bytes_max: int = field(
        default=BODY_BYTES_MAX_DEFAULT,
        metadata=_about(_bytes, "Largest request body in bytes, as it came and after decompression."),
    )
    signer: Path | None = field(
        default=None,
        metadata=_about(
            _path,
            "Socket of a signer that runs apart (`headwater audit signer`). Without it the service signs by itself.",
        ),
    )
    signer_keys: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            str,
            "The signer's private keys, separated by commas. Without it they are in the signer's folder.",
            secret=True,
        ),
    )
    post_quantum: bool = field(
        default=False,
        metadata=_about(_switch, "New signing keys come in pairs: Ed25519, and ML-DSA-44 against quantum computers."),
    )
    witnesses: Path | None = field(
        default=None,
        metadata=_about(
            _path, "File with the `witness`, `group` and `quorum` lines of a C2SP tlog-policy: who is asked to cosign."
        ),
    )
    heartbeat_s: int = field(
        default=600,
        metadata=_about(_seconds, "After so many seconds without an entry the ledger gets a heartbeat; 0: never."),
    )
    mlflow_url: str | None = field(
        default=None,
        repr=False,  # it may hold a user's password
        metadata=_about(
            _url, "The MLflow server whose webhooks are answered. Needed with `mlflow_webhook_secret`.", secret=True
        ),
    )
    mlflow_webhook_secret: str | None = field(
        default=None,
        repr=False,
        metadata=_about(_api_key, "The secret that MLflow signs its webhooks with. Without it there are none.", secret=True),
    )
    traces_url: str | None = field(
        default=None,
        metadata=_about(
            _url, "Where traces go: an OTLP collector, such as `http://127.0.0.1:4318/v1/traces`. Without it: nowhere."
        ),
    )
    trusted_documents: Path | None = field(
        default=None,
        metadata=_about(
            _path,
            "Folder of `.graphql` files. With it GraphQL answers these and the commands' own documents, and no others.",
        ),
    )
    log_level: str = field(
        default="info", metadata=_about(_one_of(LOG_LEVELS), f"What is logged: {', '.join(LOG_LEVELS)}.")
    )
    log_format: str = field(
        default="text",
        metadata=_about(_one_of(LOG_FORMATS), "How: `text` for people, `json` (one object a line) for programs."),
    )

    def __post_init__(self) -> None:
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            raise SettingsError(
                f"{PREFIX}OIDC_ISSUER and {PREFIX}OIDC_AUDIENCE go together: without an audience, tokens that were made "
                "for other services would open this one. Set both, or none.",
                place=f"{PREFIX}OIDC_AUDIENCE",
            )
        if (self.mlflow_url is None) != (self.mlflow_webhook_secret is None):
            raise SettingsError(
                f"{PREFIX}MLFLOW_URL and {PREFIX}MLFLOW_WEBHOOK_SECRET go together: a webhook says only that there is "
                "something to collect. Set both, or none.",
                place=f"{PREFIX}MLFLOW_WEBHOOK_SECRET",
            )
        if not (self.listens_on_loopback or self.insecure or self.has_doors):
            raise SettingsError(
                f"Listening on {self.host or 'every address'} without an API key would show all lineage to whoever "
                f"reaches the port. Set {PREFIX}API_KEY, or give --insecure if a proxy in front checks who asks.",
                place=f"{PREFIX}HOST",
            )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **flags: object) -> Settings:
        """The settings of a command: `flags` (None: not given), then `environ`, then the defaults.

        Flags may be text or of the setting's own type. A flag that is no setting is a programmer's error (TypeError).
        """
        known = {f.name: f for f in fields(cls)}
        if unknown := sorted(flags.keys() - known.keys()):
            raise TypeError(f"not a setting: {', '.join(unknown)}")
        values: dict[str, Any] = {}
        for name, each in known.items():
            flag, variable = flags.get(name), PREFIX + name.upper()
            text, place = (environ.get(variable, ""), variable) if flag is None else (str(flag), _flag(name))
            if not text and flag is None:
                continue
            try:
                values[name] = each.metadata["parse"](text)
            except ValueError as error:
                shown = "The value" if each.metadata["secret"] else f"`{text}`"
                raise SettingsError(f"{place}: {shown} {error}", place=place) from None
        if "port" in values and "url" not in values and values["port"]:
            values["url"] = f"http://127.0.0.1:{values['port']}"
        return cls(**values)

    @property
    def listens_on_loopback(self) -> bool:
        """Whether only this machine can reach the service. A name other than `localhost` may mean anything: no."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def has_doors(self) -> bool:
        """Whether anything is configured that one can come in with: a key, a provider, a file of keys (which is made
        with the first key)."""
        return bool(self.api_key or self.oidc_issuer) or self.keys_path.exists()

    @property
    def keys_path(self) -> Path:
        """The API keys' hashes, and whom the record's opaque names mean."""
        return self.data / "keys.sqlite"

    @property
    def ledger_path(self) -> Path:
        """The ledger's file: the truth, to back up."""
        return self.data / "ledger.sqlite"

    @property
    def access_path(self) -> Path:
        """The log of reads and exports: evidence of its own, to back up with the ledger."""
        return self.data / "access.sqlite"

    @property
    def checkpoints_path(self) -> Path:
        """The signed checkpoints of both logs."""
        return self.data / "checkpoints.sqlite"

    @property
    def signer_path(self) -> Path:
        """The folder of the signer's keys and memory. Whoever has it signs in the service's name."""
        return self.data / "signer"

    @property
    def state_path(self) -> Path:
        """The projector's state and the embedded graph: can be made anew from the ledger."""
        return self.data / "state.sqlite"


def table() -> tuple[Setting, ...]:
    """All settings in the order of the documentation, made from the fields themselves."""
    return tuple(
        Setting(
            name=each.name,
            variable=PREFIX + each.name.upper(),
            default="" if each.default in (None, MISSING) else _shown(each.default),
            meaning=each.metadata["meaning"],
        )
        for each in fields(Settings)
    )


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """`HEADWATER_*` variables that are no setting, sorted: a misspelt HEADWATER_APIKEY must not pass in silence."""
    known = {each.variable for each in table()}
    return tuple(sorted(name for name in environ if name.startswith(PREFIX) and name not in known))


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _shown(default: object) -> str:
    match default:
        case bool():
            return "1" if default else "0"
        case Path():
            return f"./{default}" if not default.is_absolute() else str(default)
        case _:
            return str(default)
