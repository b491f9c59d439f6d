"""An evidence pack: an answer with its entries, their proofs and payloads, as files that a stranger can check.

The one idea: everything hangs on two signatures. Entries and payloads hang on the ledger's checkpoint; the answer hangs on
ipe.json, which has the hash of each file, and that on an `export` entry in the access log, whose part `ipe` is a commitment
to it. So nothing in a pack can be edited afterwards, and each export is on record before its pack leaves the house.

`prepare` makes all but `export/`, `finish` adds that once the entry is written. Layout: lineage/verify/bundle.py.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from lineage.errors import InputError, LimitExceeded
from lineage.evidence import crate, documents
from lineage.evidence.answer import AuditAnswer
from lineage.evidence.guide import guide
from lineage.evidence.prov import prov_document
from lineage.evidence.questions import QUESTIONS, NamedAuditQuery, ask
from lineage.evidence.record import Record
from lineage.evidence.report import report
from lineage.evidence.variables import read, told
from lineage.ledger import Disclosure, Ledger
from lineage.ledger.classes import NORM, RAW
from lineage.ledger.leaf import Leaf, decode_leaf
from lineage.moment import iso
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.proof import ConsistencyProof, TlogProof

FORMAT = "headwater-evidence/1"
ENTRIES_MAX = 5_000  # some 50 MB: what an auditor can still open, and a service hold in memory
PACK_BYTES_MAX = 128 << 20  # before it is packed; files and zip are in memory at once
IPE, IPE_PART = "ipe.json", "ipe"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the format's zero: the same files are the same bytes
_EVENT_KIND = "ol.event"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A pack without `export/`. `ipe`: what the access log's entry commits to; `objects`: ids of all that it shows."""

    query: NamedAuditQuery
    answer: AuditAnswer
    files: Mapping[str, bytes]
    ipe: bytes
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackEntry:
    """One entry of a pack, with what is disclosed of it."""

    leaf: Leaf
    encoded: bytes
    norm: Disclosure | None
    raw: Disclosure | None


def prepare(
    record: Record, query: NamedAuditQuery, variables: Mapping[str, object], *, policy: str, with_raw: bool
) -> Prepared:
    """Ask, and make every file but the export's own. `with_raw`: received bytes too (for those who may see them).
    Errors: as `ask`; InputError when nobody signs the log; LimitExceeded when it would be too large."""
    if record.head.note is None:
        raise InputError("Nobody signs this log, so there is nothing to prove with. Start the service with its signer.")
    asked = told(read(QUESTIONS[query].variables, variables))
    answer = ask(record, query, variables)
    entries = _entries(record, answer, with_raw=with_raw)
    files = _proved(record, answer, entries)
    question = QUESTIONS[query]
    moment = {
        "validAt": None if record.at.valid_at_us is None else iso(record.at.valid_at_us),
        "knownIndex": record.pinned().moment.known,
    }
    resolve = record.sources.graph.resolve
    at = record.pinned().moment
    events = [(each.leaf, each.norm.payload if each.norm else None) for each in entries]
    files |= {
        "policy.txt": policy.encode(),
        "answer.json": documents.as_json({"moment": moment, **documents.answer_json(query, asked, answer)}),
        "answer.csv": documents.answer_csv(answer),
        "openlineage.ndjson": documents.ndjson(
            each.norm.payload for each in entries if each.norm is not None and each.leaf.kind == _EVENT_KIND
        ),
        "prov.json": documents.as_json(prov_document(answer, events, lambda own: resolve(own, at))),
        "report.html": report(question, asked, answer, [each.leaf for each in entries], record.head, moment).encode(),
        "VERIFY.md": guide(record.ledger.origin, [each.leaf for each in entries]).encode(),
    }
    published = iso(record.ledger.time_of(record.head.size - 1))
    title = f"{query.number}: {question.asks}"
    files[crate.METADATA] = documents.as_json(crate.crate(title, f"Evidence. {question.law}.", published, files))
    _require_size(sum(map(len, files.values())))
    ipe = documents.as_json(_ipe(record, query, asked, answer, moment, entries, files))
    objects = {*(node.id for node in answer.nodes), *(f"entry:{each.leaf.index}" for each in entries)}
    return Prepared(query, answer, files, ipe, tuple(sorted(objects)))


def finish(prepared: Prepared, access: Ledger, index: int, signed: SignedCheckpoint) -> bytes:
    """The zip. `index`: of the export's entry in the access log, which `signed` covers."""
    key = access.disclosure(index, IPE_PART)
    assert key is not None, "the entry was written with this part"
    size = signed.checkpoint.size
    proof = TlogProof(index, tuple(access.inclusion_proof(index, size)), signed.encode())
    return zipped(
        {
            **prepared.files,
            IPE: prepared.ipe,
            "export/entry.json": access.leaf_bytes(index),
            "export/proof.tlog-proof": proof.encode().encode(),
            "export/checkpoint": signed.encode().encode(),
            "export/ipe.key": _key(key),
        }
    )


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The same files in the same order under the same time: the same bytes. The label comes first, as RO-Crate asks."""
    out = io.BytesIO()
    order = sorted(files, key=lambda name: (name != crate.METADATA, name))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as pack:
        for name in order:
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as Unix has it, wherever it is made
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, files[name])
    return out.getvalue()


def _entries(record: Record, answer: AuditAnswer, *, with_raw: bool) -> list[PackEntry]:
    """The entries that the answer rests on, and of a list that is shown to be complete all of its range."""
    wanted = set(record.seen(answer.entries))
    disclosed = {each for each in wanted if record.opened(each)}
    if answer.scanned is not None and answer.scanned.stop - answer.scanned.start <= ENTRIES_MAX - len(wanted):
        wanted |= set(record.seen(range(answer.scanned.start, answer.scanned.stop)))
    if len(wanted) > ENTRIES_MAX:
        message = f"The answer rests on {len(wanted)} entries, more than {ENTRIES_MAX} in one pack. Ask about less."
        raise LimitExceeded(message, limit=ENTRIES_MAX, asked=len(wanted))
    found: list[PackEntry] = []
    payload_bytes = 0
    for index in sorted(wanted):
        encoded = record.ledger.leaf_bytes(index)
        leaf = decode_leaf(encoded)
        if index in disclosed:
            payload_bytes += sum(part.length for part in leaf.parts if part.name == NORM or with_raw)
            _require_size(payload_bytes)
        # of a range every leaf is shown, for it has no names; payloads only of what the answer rests on
        norm = record.ledger.disclosure(index, NORM) if index in disclosed else None
        raw = record.ledger.disclosure(index, RAW) if with_raw and index in disclosed else None
        found.append(PackEntry(leaf, encoded, norm, raw))
    return found


def _proved(record: Record, answer: AuditAnswer, entries: Sequence[PackEntry]) -> dict[str, bytes]:
    """The checkpoint, and each entry with its way to it."""
    assert record.head.note is not None
    size, note = record.head.size, record.head.note
    files = {"checkpoint": note.encode()}
    for entry in entries:
        index = entry.leaf.index
        files[f"entries/{index}.json"] = entry.encoded
        hashes = tuple(record.ledger.inclusion_proof(index, size))
        files[f"proofs/{index}.tlog-proof"] = TlogProof(index, hashes, note).encode().encode()
        for name, part in ((NORM, entry.norm), (RAW, entry.raw)):
            if part is not None:
                files[f"parts/{index}.{name}"] = part.payload
                files[f"parts/{index}.{name}.key"] = _key(part)
    for older in answer.older:
        if older.note is not None and older.size < size:
            hashes = tuple(record.ledger.consistency_proof(older.size, size))
            files[f"consistency/{older.size}.checkpoint"] = older.note.encode()
            files[f"consistency/{older.size}.proof"] = ConsistencyProof(older.size, hashes, note).encode().encode()
    return files


def _ipe(
    record: Record,
    query: NamedAuditQuery,
    asked: Mapping[str, object],
    answer: AuditAnswer,
    moment: Mapping[str, object],
    entries: Sequence[PackEntry],
    files: Mapping[str, bytes],
) -> dict[str, object]:
    """Information produced by the entity, as auditors of reports ask for it: source, logic, parameters, counts, totals."""
    question = QUESTIONS[query]
    text = json.dumps(
        {"query": str(query), "asks": question.asks, "variables": asked}, ensure_ascii=False, sort_keys=True
    )
    scanned = answer.scanned
    return {
        "format": FORMAT,
        "software": f"headwater {version('headwater')}",
        "log": record.ledger.origin,
        "query": str(query),
        "question": question.asks,
        "queryHash": hashlib.sha256(text.encode()).hexdigest(),
        "variables": asked,
        "moment": moment,
        "status": str(answer.status),
        "rowCount": len(answer.rows),
        "columnCount": len(answer.columns),
        "unknownCount": len(answer.unknowns),
        "entryCount": len(entries),
        "completeList": None
        if scanned is None
        else {
            "start": scanned.start,
            "stop": scanned.stop,
            "filter": scanned.filter,
            "leavesIncluded": all(f"entries/{each}.json" in files for each in range(scanned.start, scanned.stop)),
        },
        "answerHash": hashlib.sha256(files["answer.json"]).hexdigest(),
        "checkpoint": record.head.note,
        "vouchedForBy": record.head.status,
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }


def _key(part: Disclosure) -> bytes:
    return base64.b64encode(part.key) + b"\n"


def _require_size(size: int) -> None:
    if size > PACK_BYTES_MAX:
        message = f"The pack would have {size} bytes or more: at most {PACK_BYTES_MAX}. Ask about less."
        raise LimitExceeded(message, limit=PACK_BYTES_MAX, asked=size)
