"""Commands that run on: a watcher, a witness, and the signer apart from the service."""

import argparse
import asyncio
import os
import signal
import sys
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from api.cli import EXIT_FINE, EXIT_UNREACHABLE, Unreachable
from api.cli.auditing import read_checkpoint, read_policy
from api.cli.log_sources import HttpLog, is_url
from api.cli.options import settings
from lineage.errors import InputError, LedgerError
from lineage.signing.key_file import OwnKey, read_keys, write_keys
from lineage.signing.private_keys import SeedKey, make_key
from lineage.signing.signer import LocalSigner
from lineage.signing.socket_signer import SignerServer
from lineage.signing.witness import Witness
from lineage.verify.checkpoint import SignedCheckpoint
from lineage.verify.keys import KeyKind
from lineage.verify.policy import Policy
from lineage.verify.refusal import VerifyError
from lineage.verify.report import TAMPERED
from lineage.verify.tiled_log import Read, check_growth, last_leaf, read_head

KEY_FILE, MEMORY_FILE = "witness.key", "witness.sqlite"
EVERY_S_LEAST: Final = 0.2


def watch(options: argparse.Namespace) -> int:
    """Look at a log again and again: 1 at once when it was rewritten, rolled back, signed by another or fell silent.

    With --once one look: 0 as it should be, 1 alarm, 3 the log cannot be reached."""
    policy, head = read_policy(options.policy), Path(options.head)
    if not is_url(options.log):
        raise InputError(f"{options.log} is no URL. Give the log's, such as https://lineage.example/log.", place="URL")
    every_s = max(EVERY_S_LEAST, options.every)
    with closing(HttpLog(options.log, settings(options).api_key)) as log:
        while True:
            try:
                if not head.exists():  # who has seen the log before is alarmed when it is gone
                    log.require()
                seen = look(log.read, policy, head, silent_after_s=options.silent_after)
                print(f"{_now()} size {seen.checkpoint.size}: grew as it should", flush=True)
            except VerifyError as error:
                print(f"{_now()} ALARM {options.log}: {error.message}", flush=True)
                return TAMPERED
            except Unreachable as error:
                print(f"{_now()} {error.message}", file=sys.stderr, flush=True)
                if options.once:
                    return EXIT_UNREACHABLE
            if options.once:
                return EXIT_FINE
            time.sleep(every_s)


def look(read: Read, policy: Policy, head: Path, *, silent_after_s: int | None = None) -> SignedCheckpoint:
    """One look of a watcher whose last head is in the file `head`. VerifyError is the alarm; then the file stays."""
    new = read_head(read, policy)
    if head.exists():
        check_growth(read, read_checkpoint(str(head), "--head"), new)
    if silent_after_s is not None and new.checkpoint.size:
        age_s = (datetime.now(UTC) - datetime.fromisoformat(last_leaf(read, new.checkpoint).time)).total_seconds()
        if age_s > silent_after_s:
            raise VerifyError(f"the log fell silent: its newest entry is {age_s:.0f} s old")
    _replace(head, new.encode())
    return new


def _replace(path: Path, text: str) -> None:
    passing = path.with_name(path.name + ".new")
    try:
        with passing.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
    except OSError as error:
        raise InputError(
            f"The head {path} cannot be written: {error}. Choose another --head.", place="--head"
        ) from error


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def witness(options: argparse.Namespace) -> int:
    """Serve until a signal. The line to put into policies is printed first."""
    from api.serve import listen, make_server  # uvicorn takes its time to import
    from api.witness_door import witness_app

    policy, folder = read_policy(options.policy), Path(options.folder)
    key = witness_key(folder, options.name)
    with closing(Witness(folder / MEMORY_FILE, key, policy)) as held:
        if options.refused:
            for each in held.refused():
                at = datetime.fromtimestamp(each.time_s, UTC).isoformat()
                print(f"{at} {each.origin}: {each.why}\n{each.request.decode(errors='replace')}")
            return EXIT_FINE
        with listen(options.host, options.port) as listener:
            host, port = listener.getsockname()[:2]
            print(f"witness {options.name or 'name'} {key.verifier.text} http://{host}:{port}", flush=True)
            server = make_server(witness_app(held, key.verifier.text))

            async def run() -> None:
                loop = asyncio.get_running_loop()
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(number, setattr, server, "should_exit", True)
                await server.serve(sockets=[listener])

            asyncio.run(run())
    return EXIT_FINE


def witness_key(folder: Path, name: str | None) -> SeedKey:
    """The witness's key, made at its first start. InputError without a name for it then; LedgerError when the memory is
    gone: a witness that forgot what it cosigned must not go on under its name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = read_keys(folder / KEY_FILE)
    if keys:
        if not (folder / MEMORY_FILE).exists():
            raise LedgerError(
                f"The witness has lost its memory {folder / MEMORY_FILE}. Retire it; begin with a new key."
            )
        return keys[0].key
    if not name:
        raise InputError("A new witness needs a name, such as audit.acme.example/w1. Give --name.", place="--name")
    key = make_key(name, KeyKind.COSIGNATURE_ED25519)
    write_keys(folder / KEY_FILE, [OwnKey(key)])
    return key


def signer(options: argparse.Namespace) -> int:
    """Serve the signer's socket until a signal."""
    chosen = settings(options)
    folder, path = Path(options.folder), Path(options.socket)
    own = LocalSigner(folder, post_quantum=chosen.post_quantum, given=chosen.signer_keys)
    with closing(own), SignerServer(path, own) as server:
        print(f"the signer listens on {path}", flush=True)
        signal.signal(signal.SIGTERM, _interrupt)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return EXIT_FINE


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
