"""The signer apart from the service: its own process and user, spoken to over a local socket.

One request a connection, one line of JSON each way. Who can write to the socket can have the *growth* of a log signed
(and a key added, which no auditor's policy names), nothing else: the process behind it checks every proof against its own
memory (signer.py).
"""

from __future__ import annotations

import json
import socket
import socketserver
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from lineage.errors import HeadwaterError, InputError, LedgerError
from lineage.signing.memory import Remembered
from lineage.signing.signer import PublicKey, Signer
from lineage.verify import base64_text
from lineage.verify.checkpoint import Checkpoint
from lineage.verify.keys import VerifierKey, parse_vkey
from lineage.verify.note import NoteSignature, parse_signature_line
from lineage.verify.refusal import VerifyError

TIMEOUT_S: Final = 5.0
LINE_BYTES_MAX: Final = 64 << 10
PAGE_HEADS: Final = 512  # some 70 bytes each: well below a line

_Fields = dict[str, Any]
_Read = TypeVar("_Read")


def _encode(value: _Fields) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _line(file: Any) -> _Fields:
    raw = file.readline(LINE_BYTES_MAX + 1)
    if not raw.endswith(b"\n"):
        raise ValueError("the line breaks off or is too long")
    fields = json.loads(raw)
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    return fields


class SocketSigner:
    """A Signer behind the socket `path`. See signer.Signer for what its methods do and raise."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self, origin: str) -> Checkpoint | None:
        """As the protocol says."""
        head = self._ask({"ask": "last", "origin": origin}, lambda it: it["head"])
        return None if head is None else Checkpoint(origin, int(head[0]), base64_text.decode(head[1]))

    def remembered(self, origin: str) -> Remembered | None:
        """As the protocol says; asked in pages, the newest first, until one is not full."""
        last = self.last(origin)
        if last is None:
            return None
        signed: list[Checkpoint] = []
        below = last.size + 1
        while page := self._signed(origin, below):
            signed[:0] = page
            if len(page) < PAGE_HEADS:
                break
            below = page[0].size
        return Remembered(last, tuple(signed))

    def _signed(self, origin: str, below: int) -> list[Checkpoint]:
        return self._ask(
            {"ask": "signed", "origin": origin, "below": below},
            lambda it: [Checkpoint(origin, int(size), base64_text.decode(root)) for size, root in it["heads"]],
        )

    def keys(self, origin: str) -> tuple[PublicKey, ...]:
        """As the protocol says."""
        return self._ask(
            {"ask": "keys", "origin": origin},
            lambda it: tuple(PublicKey(parse_vkey(vkey), retires_s) for vkey, retires_s in it["keys"]),
        )

    def sign(self, head: Checkpoint, proof: Sequence[bytes]) -> tuple[NoteSignature, ...]:
        """As the protocol says."""
        request = {
            "ask": "sign", "origin": head.origin, "size": head.size, "root": base64_text.encode(head.root),
            "proof": [base64_text.encode(each) for each in proof],
        }  # fmt: skip
        return self._ask(request, lambda it: tuple(map(parse_signature_line, it["lines"])))

    def rotate(self, origin: str) -> VerifierKey:
        """As the protocol says."""
        return self._ask({"ask": "rotate", "origin": origin}, lambda it: parse_vkey(it["vkey"]))

    def _ask(self, request: _Fields, read: Callable[[_Fields], _Read]) -> _Read:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(TIMEOUT_S)
                connection.connect(str(self._path))
                connection.sendall(_encode(request))
                with connection.makefile("rb") as answers:
                    answer = _line(answers)
            if "error" in answer:
                raise LedgerError(str(answer["error"]), retryable=bool(answer.get("retryable")))
            return read(answer)
        except (OSError, ValueError, KeyError, TypeError, VerifyError) as error:
            raise LedgerError(
                f"The signer at {self._path} does not answer: {error}. Start `headwater audit signer`.", retryable=True
            ) from error


class SignerServer(socketserver.ThreadingUnixStreamServer):
    """Serves `signer` on the socket `path` (mode 0660: the service's group may ask). `serve_forever` until `shutdown`."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, path: Path, signer: Signer) -> None:
        self.signer = signer
        self._bound = path
        try:
            if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
                path.unlink()  # of a process that was killed; a living one has the folder's lock
            super().__init__(str(path), _Connection)
            path.chmod(0o660)
        except OSError as error:
            raise InputError(f"The socket {path} cannot be made: {error}. Choose another --socket.") from error

    def server_close(self) -> None:
        """Close and remove the socket."""
        super().server_close()
        self._bound.unlink(missing_ok=True)


class _Connection(socketserver.StreamRequestHandler):
    timeout = TIMEOUT_S
    server: SignerServer

    def handle(self) -> None:
        try:
            answer = _answer(self.server.signer, _line(self.rfile))
        except HeadwaterError as error:
            answer = {"error": error.message, "retryable": getattr(error, "retryable", False)}
        except (OSError, ValueError, KeyError, TypeError, VerifyError) as error:
            answer = {"error": f"The signer cannot read the request: {error}.", "retryable": False}
        self.wfile.write(_encode(answer))


def _answer(signer: Signer, request: _Fields) -> _Fields:
    origin = str(request["origin"])
    match request["ask"]:
        case "last":
            head = signer.last(origin)
            return {"head": None if head is None else [head.size, base64_text.encode(head.root)]}
        case "signed":
            known = signer.remembered(origin)
            heads = [each for each in (known.signed if known else ()) if each.size < int(request["below"])]
            return {"heads": [[each.size, base64_text.encode(each.root)] for each in heads[-PAGE_HEADS:]]}
        case "keys":
            return {"keys": [[each.verifier.text, each.retires_s] for each in signer.keys(origin)]}
        case "sign":
            head = Checkpoint(origin, int(request["size"]), base64_text.decode(request["root"], length=32))
            lines = signer.sign(head, [base64_text.decode(each, length=32) for each in request["proof"]])
            return {"lines": [each.line.removesuffix("\n") for each in lines]}
        case "rotate":
            return {"vkey": signer.rotate(origin).text}
        case other:
            raise ValueError(f"{other!r} cannot be asked")
