"""The normal form of a dataset's namespace: one spelling for one data source.

The one idea: a namespace is `scheme://authority/path`, `file` in one of its many spellings, or a word. What says
nothing is taken away (synonyms, default ports, users, letter case of hosts, order of brokers, trailing slashes); a
word is left as it is.
"""

import re
from functools import lru_cache

from lineage.names.systems import ACCOUNT_SCHEMES, DEFAULT_PORTS, HOST_SCHEMES, SCHEME_SYNONYMS

_SCHEME = re.compile(r"(?:jdbc:)*([A-Za-z][A-Za-z0-9+._-]*)://(.*)", re.DOTALL)
_FILE = re.compile(r"file:(/.*)?", re.IGNORECASE | re.DOTALL)
_EMPTY_PORT = re.compile(r":(?:none|null|-1)?$", re.IGNORECASE)
_REDSHIFT = re.compile(r"([a-z0-9-]+)\.[a-z0-9-]+\.([a-z0-9-]+)\.redshift(?:-serverless)?\.amazonaws\.com")
_PARAMETERS = re.compile(r"[?;].*", re.DOTALL)
"""`?sslmode=require`, and SQL Server's `;databaseName=shop`."""
_LOCAL_HOSTS = frozenset({"", "localhost"})
CACHE_SIZE = 20_000  # namespaces of a large company many times over; about 4 MB


@lru_cache(CACHE_SIZE)
def normal_namespace(namespace: str) -> str:
    """The one spelling of a namespace. Total and idempotent."""
    # two passes reach what one uncovers (a user before a user, a suffix behind a port)
    form = _once(namespace)
    while (again := _once(form)) != form and len(again) < len(form):
        form = again
    return form


def _once(namespace: str) -> str:
    text = namespace.strip()
    if text.lower() in ("file", "file.localhost", "file:"):
        return "file"
    match = _SCHEME.fullmatch(text)
    if match is None:
        found = _FILE.fullmatch(text)
        if found is None:
            return text
        return _local(found[1] or "")
    scheme = match[1].lower()
    scheme = SCHEME_SYNONYMS.get(scheme, scheme)
    if scheme not in HOST_SCHEMES:  # SQLAlchemy's drivers: `postgresql+psycopg2`
        base = scheme.partition("+")[0]
        base = SCHEME_SYNONYMS.get(base, base)
        scheme = base if base in HOST_SCHEMES else scheme
    authority, slash, path = match[2].partition("/")
    path = (slash + path).rstrip("/")
    if scheme == "file" and authority.lower() in _LOCAL_HOSTS:
        return _local(path)
    if scheme not in HOST_SCHEMES:
        # an unknown scheme's authority may be a file or a project: only what is empty goes
        rest = (authority + path) if authority else slash + path.lstrip("/")
        return f"{scheme}://{rest}" if rest else scheme
    path = _PARAMETERS.sub("", path).rstrip("/")
    authority = _authority(scheme, _PARAMETERS.sub("", authority))
    return f"{scheme}://{authority}{path}" if authority or path else scheme


def _local(path: str) -> str:
    """This machine's files, or a warehouse in them: `file`, `file:/tmp/lake`."""
    path = "/" + path.strip("/") if path.strip("/") else ""
    return f"file:{path}" if path else "file"


def _authority(scheme: str, authority: str) -> str:
    hosts = {_host(scheme, host.strip()) for host in authority.split(",")}
    return ",".join(sorted(host for host in hosts if host))


def _host(scheme: str, host: str) -> str:
    if "://" in host:  # broker lists that repeat the scheme
        host = host.partition("://")[2]
    if scheme not in ACCOUNT_SCHEMES:
        host = host.rpartition("@")[2]
    host = _EMPTY_PORT.sub("", host.lower())
    port = DEFAULT_PORTS.get(scheme)
    if port is not None:
        host = host.removesuffix(f":{port}")
    if scheme == "snowflake":
        host = host.removesuffix(":443").removesuffix(".snowflakecomputing.com")
        # Snowflake's own rules: a locator without a cloud is on AWS, and `_` in an account is `-` in its address
        host = host.removesuffix(".aws").replace("_", "-")
    elif scheme == "redshift":
        endpoint = _REDSHIFT.fullmatch(host)
        if endpoint is not None:  # OpenLineage's naming: {cluster}.{region}
            host = f"{endpoint[1]}.{endpoint[2]}"
    return host
