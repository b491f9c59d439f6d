"""Stored documents: asked for by their SHA-256 instead of being sent, and, where an operator wants it, the only ones.

The one idea: a document is its text, so its name is the text's hash and nothing has to be registered. Known are the
documents of Headwater's own commands, and those of a folder that the operator names (`trusted_documents`): with such a
folder the endpoint answers these and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from api.cli import documents as of_commands
from lineage.errors import HeadwaterError, InputError, SettingsError

ID_PREFIX: Final = "sha256:"  # how `documentId` of GraphQL over HTTP names a hash
FILES_MAX: Final = 10_000  # documents of all programs of a company; each is held in memory


class UnknownDocument(HeadwaterError):
    """A hash that no known document has. The message is the one that clients of persisted documents wait for: they send
    the text then."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class UntrustedDocument(HeadwaterError):
    """A document that the operator did not list."""

    code = "UNTRUSTED_DOCUMENT"


class Documents:
    """The documents of one service."""

    def __init__(self, texts: Iterable[str], *, only_these: bool = False) -> None:
        self._texts = {hash_of(text): text for text in texts}
        self._only_these = only_these

    def __iter__(self) -> Iterator[str]:
        """The texts."""
        return iter(self._texts.values())

    @classmethod
    def of(cls, folder: Path | None) -> Documents:
        """Our own and those of the folder, which are then all. SettingsError for a folder that cannot be read."""
        return cls((*own(), *(read_folder(folder) if folder else ())), only_these=folder is not None)

    def text(self, query: str | None, extensions: Mapping[str, Any] | None, document_id: str | None) -> str | None:
        """The document that a request means. InputError for a hash that is none, or of another text; UnknownDocument,
        UntrustedDocument."""
        asked = _hash_asked(extensions, document_id)
        if query is None:
            if asked is None:
                return None
            if asked not in self._texts:
                raise UnknownDocument
            return self._texts[asked]
        if asked is not None and asked != hash_of(query):
            raise InputError("The hash is not that of `query`. Send the SHA-256 of its UTF-8 text.", place="extensions")
        if self._only_these and hash_of(query) not in self._texts:
            raise UntrustedDocument(
                "This service answers only the documents that its operator listed (HEADWATER_TRUSTED_DOCUMENTS). Have "
                "this one added."
            )
        return query


def hash_of(text: str) -> str:
    """A document's name."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def own() -> tuple[str, ...]:
    """The documents of Headwater's commands: the public constants of their module that stand for an operation."""
    found = (value for name, value in sorted(vars(of_commands).items()) if name.isupper() and isinstance(value, str))
    return tuple(text for text in found if text.startswith(("query", "mutation", "{")))


def read_folder(folder: Path) -> tuple[str, ...]:
    """The text of every `.graphql` file below the folder, as it stands and without the blanks around it."""
    try:
        files = sorted(folder.rglob("*.graphql"))
        if not folder.is_dir() or not files:
            raise SettingsError(
                f"{folder} holds no `.graphql` files, so nothing could be asked. Name the folder of your programs' "
                "documents.",
                place="HEADWATER_TRUSTED_DOCUMENTS",
            )
        if len(files) > FILES_MAX:
            message = f"{folder} holds {len(files)} documents, more than {FILES_MAX}. Name a folder of documents alone."
            raise SettingsError(message, place="HEADWATER_TRUSTED_DOCUMENTS")
        texts = [file.read_text(encoding="utf-8") for file in files]
    except (OSError, UnicodeDecodeError) as error:
        message = f"{folder} cannot be read: {error}. Make its files readable, as UTF-8."
        raise SettingsError(message, place="HEADWATER_TRUSTED_DOCUMENTS") from error
    return tuple({*texts, *(text.strip() for text in texts)})


def _hash_asked(extensions: Mapping[str, Any] | None, document_id: str | None) -> str | None:
    persisted = (extensions or {}).get("persistedQuery")
    if document_id is None and persisted is None:
        return None
    asked = document_id if persisted is None else persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(asked, str):
        raise InputError("`persistedQuery` needs `sha256Hash`.", place="extensions.persistedQuery.sha256Hash")
    return asked.removeprefix(ID_PREFIX).lower()
