"""Secrets out of events, before anything is stored for reading: `***` stands where one was.

The one idea: a secret is told by the name beside it (`password`, `spark.hadoop.fs.s3a.secret.key`), by where it
stands (a URL's user part or query, a connection string), or by its own form (AWS key ids, GitHub tokens, JWTs, PEM
keys). What looks like one by chance is redacted too: a lost word costs less than a leaked password. The received
bytes stay apart in the ledger, behind their own scope.
"""

import re
from functools import lru_cache
from typing import Final

REDACTED: Final = "***"

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS: Final = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "secrets", "credential", "credentials", "authorization",
     "apikey", "accesskey",
     "secretkey", "privatekey", "keytab", "connectionstring", "sas", "jaas"}
)  # fmt: skip
_KEY_WORDS: Final = frozenset(
    {"api", "access", "secret", "private", "account", "shared", "storage", "encryption", "signing", "auth", "ssh"}
)
"""`key` is a secret after one of these; `primaryKey` and `partition_key` are not."""
_TOKEN_TAILS: Final = frozenset({"value", "id", "string", "secret"})

# Every repetition is bounded or begins at a boundary: no text can make these take quadratic time.
_URL_USER: Final = re.compile(
    r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,63}://)([^\s/?#'\"<>@]{0,1024}@[^\s/?#'\"<>]{0,1024})"
)
_USER_IS_CONTAINER: Final = ("abfs://", "abfss://", "wasb://", "wasbs://")
_SECRET_NAME: Final = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_.-]?key|access[_.-]?key(?:[_.-]?id)?|account[_.-]?key|shared[_.-]?key|private[_.-]?key"
    r"|credentials?|signature)[\w.-]{0,40}|\bsig|\bx-amz-[\w-]{1,40}|\bauthorization"
)
_ASSIGNED: Final = re.compile(
    rf"""((?:{_SECRET_NAME})\\?["']?\s{{0,8}}(?:=|:(?!:))\s{{0,8}})(?:(?:Bearer|Basic)\s{{1,8}})?"""
    r"""(?:\\?"[^"]*"|'[^']*'|[^\s&;,'"()<>{}]+)""",
    re.IGNORECASE,
)
_OWN_FORM: Final = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
    r"|(?<![\w-])(?:xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)"
    r"|-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|\Z)"
    r"|\b(?:Bearer|Basic)\s{1,8}[A-Za-z0-9+/_.=-]{16,}",
    re.DOTALL,
)
_CACHED_CHARACTERS_MAX: Final = 160  # names, types and addresses come again and again; texts do not


def is_secret_name(name: str) -> bool:
    """Whether a value under this key, or beside this name, is a secret."""
    return _is_secret_short(name) if len(name) <= _CACHED_CHARACTERS_MAX else _is_secret(name)


def _is_secret(name: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    for index, word in enumerate(words):
        if word in _SECRET_WORDS:
            return True
        if word == "key" and index > 0 and words[index - 1] in _KEY_WORDS:
            return True
        # `auth_token`, `token` and `token.value`, but neither `token_count` nor `max_tokens`
        if word == "token" and (index + 1 == len(words) or words[index + 1] in _TOKEN_TAILS):
            return True
        if word in ("connection", "conn") and index + 1 < len(words) and words[index + 1] == "string":
            return True
    return False


def _hide_user(match: re.Match[str]) -> str:
    scheme, rest = match[1], match[2]
    user, _, host = rest.rpartition("@")
    name, colon, password = user.partition(":")
    if scheme.lower() in _USER_IS_CONTAINER or not user:
        return match[0]
    if colon:
        return f"{scheme}{name}:{REDACTED}@{host}" if password else match[0]
    return f"{scheme}{REDACTED}@{host}" if scheme.lower() in ("http://", "https://") else match[0]


def redact_text(text: str) -> str:
    """A text without the secrets that can be told in it."""
    return _redacted_short(text) if len(text) <= _CACHED_CHARACTERS_MAX else _redacted(text)


def _redacted(text: str) -> str:
    if "@" in text and "://" in text:
        text = _URL_USER.sub(_hide_user, text)
    if "=" in text or ":" in text:
        text = _ASSIGNED.sub(_hide_assigned, text)
    # the shortest form has 20 letters
    return _OWN_FORM.sub(REDACTED, text) if len(text) >= 20 else text


_is_secret_short = lru_cache(20_000)(_is_secret)  # keys come from a few programs
_redacted_short = lru_cache(50_000)(_redacted)  # about 15 MB when full


def _hide_assigned(match: re.Match[str]) -> str:
    return match[1] + REDACTED
