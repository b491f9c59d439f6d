"""What the last visit saw, so that this one tells only what changed: a small file of hashes.

The one idea: a thing's hash covers all that its event would say but the time. The file is written last, after everything was sent: a
visit that breaks off is simply repeated.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from openlineage.client.serde import Serde

from lineage.errors import InputError

VERSION = 1
FILE_MODE = 0o600  # it lies in the data folder, too, and names what there is


@dataclass(slots=True)
class Visits:
    """What is known from the last visit to any number of places, and what this one found."""

    path: Path | None
    kind: str
    """What is seen: datasets and jobs may share a file, and names."""
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    now: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | None, kind: str) -> "Visits":
        """The file as the last visit left it; nothing where there is none. InputError for a file that is something else."""
        if path is None or not path.exists():
            return cls(path, kind)
        try:
            told = orjson.loads(path.read_bytes())
            if told["version"] != VERSION:
                raise ValueError("another version")
            return cls(path, kind, dict(told["seen"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path} is no state of `collect` ({error}). Name another file, or remove it to tell everything again.",
                place="--state",
            ) from None

    def changed(self, namespace: str, name: str, group: str, parts: Mapping[str, Any]) -> bool:
        """Whether a dataset or job is new or says something else than on the last visit. `parts`: what its event says, by facet;
        `group`: the schema or folder that it is in."""
        content = Serde.to_dict({part: _plain(told) for part, told in parts.items()})
        digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
        key = self._key(namespace, name)
        self.now[key] = {"hash": digest, "group": group, "parts": sorted(parts)}
        return bool(self.before.get(key, {}).get("hash") != digest)

    def seen(self, namespace: str, name: str) -> bool:
        """Whether the last visit saw it."""
        return self._key(namespace, name) in self.before

    def remember(self, namespace: str, name: str, text: str) -> None:
        """Keep a text for the next visit: how far this one came."""
        self.now[self._key(namespace, name)] = {"text": text}

    def remembered(self, namespace: str, name: str) -> str:
        """What the last visit kept; "" for nothing."""
        return str(self.before.get(self._key(namespace, name), {}).get("text", ""))

    def taken_back(self, namespace: str, name: str) -> list[str]:
        """Parts that the last visit told of something, and this one did not."""
        key = self._key(namespace, name)
        held = self.now.get(key, {}).get("parts", [])
        return [part for part in self.before.get(key, {}).get("parts", []) if part not in held]

    def gone(self, namespace: str, prefix: str, chosen: Callable[[str], bool]) -> Iterator[str]:
        """Names that the last visit saw, beginning with `prefix`, in groups that this one looked at, and that this one did not see.
        Each is then forgotten."""
        begin = self._key(namespace, prefix)
        for key, kept in sorted(self.before.items()):
            if key.startswith(begin) and key not in self.now and chosen(str(kept.get("group", ""))):
                del self.before[key]
                yield key.removeprefix(self._key(namespace, ""))

    def _key(self, namespace: str, name: str) -> str:
        return f"{self.kind}\n{namespace}\n{name}"

    def keep(self) -> None:
        """Write the file, whole or not at all. InputError."""
        if self.path is None:
            return
        body = orjson.dumps(
            {"version": VERSION, "seen": self.before | self.now}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        )
        new = self.path.with_name(self.path.name + ".new")
        try:
            with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, FILE_MODE), "wb") as stream:
                stream.write(body)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self.path)
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be written ({error.strerror}). Choose another.", place="--state"
            ) from None


def _plain(told: Any) -> Any:
    import attr

    return attr.asdict(told) if attr.has(type(told)) else told
