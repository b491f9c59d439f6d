"""The pack's own label: RO-Crate metadata, so that archives and research data tools know what each file is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
METADATA = "ro-crate-metadata.json"

_ABOUT = {
    "checkpoint": ("The signed head of the log that everything hangs on (C2SP tlog-checkpoint)", "text/plain"),
    "policy.txt": ("Whom the operator suggests to believe (C2SP tlog-policy): use your own copy", "text/plain"),
    "ipe.json": ("What was asked, and the SHA-256 of every other file", "application/json"),
    "answer.json": ("The answer", "application/json"),
    "answer.csv": ("The answer as a table", "text/csv"),
    "openlineage.ndjson": ("The OpenLineage events behind the answer, normalised", "application/x-ndjson"),
    "prov.json": ("The answer as W3C PROV-JSON", "application/json"),
    "report.html": ("The answer for reading and printing", "text/html"),
    "VERIFY.md": ("How to check all of this without the software that made it", "text/markdown"),
    "export/entry.json": ("The access log's entry about this export", "application/json"),
    "export/proof.tlog-proof": ("That the entry is in the access log", "text/plain"),
    "export/checkpoint": ("The access log's signed head", "text/plain"),
    "export/ipe.key": ("The key under which that entry commits to ipe.json", "text/plain"),
}
_FOLDERS = {
    "entries/": ("An entry of the log, byte for byte", "application/json"),
    "proofs/": ("That the entry is in the log (C2SP tlog-proof)", "text/plain"),
    "parts/": ("A payload of an entry, or the key under which the entry commits to it", "application/octet-stream"),
    "consistency/": ("An older head of the log, and that the log only grew since", "text/plain"),
}
EXPORT_FILES = tuple(name for name in _ABOUT if name.startswith("export/"))


def crate(title: str, description: str, published: str, files: Iterable[str]) -> dict[str, Any]:
    """The metadata of a pack with these files. `published`: an ISO time."""
    names = sorted({*files, "ipe.json", *EXPORT_FILES})
    return {
        "@context": CONTEXT,
        "@graph": [
            {
                "@id": METADATA, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": PROFILE},
            },
            {
                "@id": "./", "@type": "Dataset", "name": title, "description": description, "datePublished": published,
                "license": "Not licensed: evidence, for whom it was made",
                "hasPart": [{"@id": name} for name in names],
            },
            *(_file(name) for name in names),
        ],
    }  # fmt: skip


def _file(name: str) -> dict[str, str]:
    about, kind = _ABOUT.get(name) or next(told for folder, told in _FOLDERS.items() if name.startswith(folder))
    if name.endswith(".key"):
        kind = "text/plain"
    return {"@id": name, "@type": "File", "name": name, "description": about, "encodingFormat": kind}
