"""Where data lies, as OpenLineage names it: a URI or a path -> (namespace, name).

The one idea: only what a location says itself is told. Credentials, queries and fragments of a URI are no part of a
name; a table's name without the database that it is in has no location, and who asks gets None.
"""

import posixpath
import re
from typing import Final
from urllib.parse import unquote, urlsplit

Name = tuple[str, str]
"""(namespace, name)"""

_SYNONYMS: Final = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfs": "abfss", "wasb": "wasbs"}
_BUCKETS: Final = frozenset({"s3", "gs", "abfss", "wasbs", "oss", "cosn", "obs"})
_ROOTED: Final = frozenset({"hdfs", "ftp", "sftp"})
_WEB: Final = frozenset({"http", "https"})
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?=/)")
_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]")


def name_of(location: str, folder: str = "") -> Name | None:
    """The dataset at a location; None for one that is no address (a table's name, a model's URI, nothing). `folder`: what relative paths
    are relative to, an absolute path."""
    text = location.strip()
    match = _SCHEME.match(text)
    if match is None or _WINDOWS.match(text):
        return _file(text, folder) if text else None
    scheme = match[1].lower()
    if scheme == "file":
        return _file(unquote(urlsplit(text).path), folder)
    if scheme == "dbfs":
        return "dbfs", "/" + text[len("dbfs:") :].strip("/")
    try:
        parts = urlsplit(text)
        authority = _authority(scheme, parts.netloc)
    except ValueError:
        return None
    scheme = _SYNONYMS.get(scheme, scheme)
    path = unquote(parts.path) if scheme in _WEB else parts.path
    if not authority:
        return None
    if scheme in _BUCKETS:
        return (f"{scheme}://{authority}", path.strip("/")) if path.strip("/") else None
    if scheme in _WEB:
        return (f"{scheme}://{authority}", path.strip("/")) if path.strip("/") else None
    if scheme in _ROOTED:
        return f"{scheme}://{authority}", "/" + path.strip("/")
    return None


def _authority(scheme: str, netloc: str) -> str:
    """Host and port; of Azure's `container@account` both. What else stands before an @ is a user and perhaps a password."""
    if _SYNONYMS.get(scheme, scheme) in ("abfss", "wasbs"):
        return netloc.lower()
    return netloc.rpartition("@")[2].lower()


def _file(path: str, folder: str) -> Name | None:
    whole = posixpath.join(folder, path) if folder else path
    kept = posixpath.normpath(whole) if whole else ""
    return ("file", kept) if kept.strip("./") else None
