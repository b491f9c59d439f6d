"""Secrets out of events, before anything is stored for reading: `***` stands where one was.

The one idea: a secret is told by the name beside it (`password`, `spark.hadoop.fs.s3a.secret.key`), by where it
stands (a URL's user part or query, a connection string, a command line), or by its own form (token_forms.py). What
looks like one by chance is redacted too: a lost word costs less than a leaked password. The received bytes stay apart
in the ledger, behind their own scope.
"""

import re
from functools import lru_cache
from typing import Final

from collectors.openlineage.token_forms import SHORTEST, hide_tokens

REDACTED: Final = "***"

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS: Final = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "secrets", "credential", "credentials", "authorization",
     "apikey", "accesskey",
     "secretkey", "privatekey", "keytab", "connectionstring", "sas", "jaas", "passcode", "cookie", "cookies", "bearer",
     "jwt", "pgpass"}
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
    r"|credentials?|signature|\bbearer|\bcookie|\bjwt)[\w.-]{0,40}|\bpass|\bpasscode|\bsig|\bx-amz-[\w-]{1,40}|\bauthorization"
)
_ASSIGNED: Final = re.compile(
    rf"""((?:{_SECRET_NAME})\\?["']?\s{{0,8}}(?:=|:(?!:))\s{{0,8}})(?:(?:Bearer|Basic)\s{{1,8}})?"""
    r"""(?:\\?"[^"]*"|'[^']*'|[^\s&;,'"()<>{}]+)""",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----|\Z)"
    r"|\b(?:Bearer|Basic|NTLM|Negotiate)\s{1,8}[A-Za-z0-9+/_.=~-]{16,}",
    re.DOTALL,
)
_OPTION: Final = re.compile(
    r"""(?<![\w-])(-{1,2}(?:[a-z]{1,20}-){0,3}(?:password|passwd|pass|passphrase|pwd|token|secret|api-?key|secret-?key|access-?key)"""
    r"""(?:\s{1,8}|=))(?!-)(?:"[^"]*"|'[^']*'|[^\s"'|;&]+)""",
    re.IGNORECASE,
)
"""`--password hunter2`: a command line in an error message or a job's name."""
_CURL_USER: Final = re.compile(
    r"""(\bcurl\b[^\n|;]{0,200}?\s(?:-u|--user|--proxy-user)[\s=]{0,4}["']?[^\s:"']{1,80}:)[^\s"']+"""
)
_SQL_PASSWORD: Final = re.compile(
    r"""\b((?:IDENTIFIED\s{1,8}BY(?:\s{1,8}PASSWORD)?|(?:ENCRYPTED\s{1,8})?PASSWORD|PASSWORD\s{0,8}FOR\s{1,8}\S{1,80}\s{0,8}=)"""
    r"""\s{1,8})(?:"[^"]*"|'[^']*')""",
    re.IGNORECASE,
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
    if "-" in text and " " in text:
        text = _CURL_USER.sub(_hide_assigned, _OPTION.sub(_hide_assigned, text))
    if "'" in text or '"' in text:
        text = _SQL_PASSWORD.sub(_hide_assigned, text)
    return hide_tokens(_SPOKEN.sub(REDACTED, text), REDACTED) if len(text) >= SHORTEST else text


_is_secret_short = lru_cache(20_000)(_is_secret)  # keys come from a few programs
_redacted_short = lru_cache(50_000)(_redacted)  # about 15 MB when full


def _hide_assigned(match: re.Match[str]) -> str:
    return match[1] + REDACTED
