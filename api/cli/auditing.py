"""The logs checked by `audit fsck`; and what the service says of its own signing."""

import argparse
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.accepting import PRODUCT
from api.cli import EXIT_FINE
from api.cli.beside import check_beside
from api.cli.client import Client
from api.cli.log_sources import HttpLog, is_url, read_folder, read_ledger
from api.cli.options import settings
from api.cli.screen import as_json, progress, say
from api.signing import keys_path
from lineage.errors import InputError, NotFound
from lineage.ledger import Draft, FsckReport, Ledger
from lineage.ledger import fsck as check_ledger
from lineage.ledger.check_report import CheckReport
from lineage.ledger.keyring import FolderKeyring
from lineage.projector.state_check import check_state
from lineage.settings import Settings
from lineage.signing.checkpoints import Checkpoints
from lineage.signing.graph_digest import DIGEST_KIND, GraphDigest, encode_digest
from lineage.signing.heads import check_heads
from lineage.signing.kept import read_kept
from lineage.signing.publisher import ACTOR
from lineage.store import open_store
from lineage.store.canonical import digest as digest_of
from lineage.verify.checkpoint import SignedCheckpoint, parse_checkpoint
from lineage.verify.policy import Policy, parse_policy
from lineage.verify.refusal import VerifyError
from lineage.verify.report import INCOMPLETE, TAMPERED, VERIFIED, Report
from lineage.verify.tiled_log import Read, verify_log

VERDICTS: Final = {VERIFIED: "verified", TAMPERED: "tampered with or damaged", INCOMPLETE: "incomplete"}


def read_policy(path: str) -> Policy:
    """The policy in a file. InputError."""
    try:
        return parse_policy(Path(path).read_bytes())
    except (OSError, VerifyError) as error:
        raise InputError(f"The policy {path} cannot be used: {error}. Give another one.", place="--policy") from error


def read_checkpoint(path: str, place: str) -> SignedCheckpoint:
    """The checkpoint in a file. InputError."""
    try:
        return parse_checkpoint(Path(path).read_bytes())
    except (OSError, VerifyError) as error:
        raise InputError(f"The checkpoint {path} cannot be used: {error}. Give another one.", place=place) from error


@dataclass(slots=True)
class _Checked:
    """The ledger's own report, and what the further checks add to it."""

    ledger: FsckReport
    further: CheckReport = field(default_factory=CheckReport)

    @property
    def exit_code(self) -> int:
        if self.ledger.exit_code == TAMPERED or self.further.findings:
            return TAMPERED
        return INCOMPLETE if self.further.gaps else self.ledger.exit_code


def fsck(options: argparse.Namespace) -> int:
    """0 verified, 1 tampered with or damaged, 4 incomplete."""
    policy = read_policy(options.policy) if options.policy else None
    since = read_checkpoint(options.since, "--since") if options.since else None
    if options.log:
        return _fsck_tiles(options, policy, since)
    chosen = settings(options)
    path = chosen.access_path if options.access else chosen.ledger_path
    if not path.exists():
        raise NotFound(f"There is no ledger at {path}. Give the service's folder with --data.")
    if since is not None:
        return _fsck_since(chosen, path, policy, since, as_table=options.format != "json")
    keyring = None if chosen.keyring is None else FolderKeyring(chosen.keyring / path.stem)
    with progress() as bar:
        task = bar.add_task("checking", total=None)
        checked = _Checked(
            check_ledger(
                path,
                payloads=not options.no_payloads,
                keyring=keyring,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    if not checked.ledger.unfinished:
        with closing(Ledger.open(path, read_only=True, at_rest=True, keyring=keyring)) as ledger:
            kept = read_kept(chosen.data, ledger.origin, keys_path(chosen.data, ledger.origin), chosen.signer)
            checked.further.add(check_heads(ledger, kept, policy))
            if not options.access and not options.no_payloads and not checked.ledger.findings:
                checked.further.add(check_beside(chosen, ledger))
            if options.graph:
                _add_graph(checked, chosen, ledger)
    _show(checked, as_table=options.format != "json")
    return checked.exit_code


def _add_graph(checked: _Checked, chosen: Settings, ledger: Ledger) -> None:
    from api.cli.graph_checks import check_digests, check_graph, replayed  # the collectors take a second to import

    if checked.ledger.findings:
        checked.further.gaps.append("the graph was not compared: first the ledger must be sound")
        return
    with replayed(chosen.ledger_path) as (replay, state):
        checked.further.add(check_digests(ledger, replay))
        with closing(open_store(chosen.store, chosen.data, read_only=True)) as store:
            checked.further.add(check_graph(store, replay))
        if chosen.state_path.exists():
            checked.further.add(check_state(chosen.state_path, state))


def _show(checked: _Checked, *, as_table: bool) -> None:
    report = checked.ledger
    verdict = VERDICTS[checked.exit_code]
    findings = (*report.findings, *checked.further.findings)
    count = report.finding_count + len(checked.further.findings)
    if not as_table:
        as_json(
            {
                "origin": report.origin, "size": report.size, "root": report.root.hex(), "verdict": verdict,
                "findingCount": count,
                "findings": [{"check": f.check, "index": f.index, "message": f.message} for f in findings],
                "gaps": checked.further.gaps, "statements": checked.further.statements,
                "entriesChecked": report.entries_checked, "partsChecked": report.parts_checked,
                "payloadBytesChecked": report.payload_bytes_checked, "partsLocked": report.parts_locked,
                "unfinished": report.unfinished,
            }
        )  # fmt: skip
        return
    print(f"{report.origin}: {report.size} entries, root {report.root.hex()}")
    print(f"checked {report.entries_checked} entries and {report.parts_checked} payloads")
    for statement in checked.further.statements:
        print(f"  {statement}")
    for finding in findings:
        print(finding)
    if count > len(findings):
        print(f"… and {count - len(findings)} more")
    for gap in checked.further.gaps:
        print(f"missing: {gap}")
    if report.unfinished:
        print(f"not finished: {report.unfinished}")
    print(verdict)


def _fsck_tiles(options: argparse.Namespace, policy: Policy | None, since: SignedCheckpoint | None) -> int:
    """Checks 1 to 3 and the newest checkpoint's signatures of a log that is read as tiles."""
    if policy is None:
        raise InputError("A log's tiles prove nothing without a policy. Give --policy FILE.", place="--policy")
    with ExitStack() as opened:
        if is_url(options.log):
            log = opened.enter_context(closing(HttpLog(options.log, settings(options).api_key)))
            if since is None:  # who has seen the log before is told that it is gone
                log.require()
            read: Read = log.read
        else:
            read = read_folder(Path(options.log))
        return _walk(
            Report(options.log), read, policy, since, minimum=options.minimum_index, as_table=options.format != "json"
        )


def _fsck_since(chosen: Settings, path: Path, policy: Policy | None, since: SignedCheckpoint, *, as_table: bool) -> int:
    """The same of a ledger's own file, from an older checkpoint on."""
    if policy is None:
        raise InputError("--since rests on a checkpoint that somebody signed. Give --policy FILE.", place="--policy")
    with ExitStack() as opened:
        ledger = opened.enter_context(closing(Ledger.open(path, read_only=True, at_rest=True)))
        checkpoints = opened.enter_context(closing(Checkpoints(chosen.checkpoints_path, read_only=True)))
        return _walk(Report(str(path)), read_ledger(ledger, checkpoints), policy, since, as_table=as_table)


def _walk(
    report: Report,
    read: Read,
    policy: Policy,
    since: SignedCheckpoint | None,
    *,
    minimum: int = 0,
    as_table: bool,
) -> int:
    if since is not None:
        with report.checking("--since"):
            policy.check(since)
    with progress() as bar:
        task = bar.add_task("checking", total=None)
        if not report.findings:
            verify_log(
                read, policy, report, since=since, minimum=minimum,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
    print("\n".join(report.lines()) if as_table else report.to_json())
    return report.exit_code


def checkpoint(options: argparse.Namespace) -> int:
    """The newest checkpoint, and who vouches for it: of the service, or with --data of its folder."""
    if options.data:
        chosen = settings(options)
        path = chosen.access_path if options.access else chosen.ledger_path
        with closing(Ledger.open(path, read_only=True, at_rest=True)) as ledger:
            origin = ledger.origin
        with closing(Checkpoints(chosen.checkpoints_path, read_only=True)) as checkpoints:
            newest = checkpoints.latest(origin)
        if newest is None:
            raise NotFound(f"No checkpoint of {origin} was kept yet. Start the service, and ask again.")
        print(newest.encode(), end="")
        return EXIT_FINE
    with Client(settings(options)) as client:
        address = f"/{'access-log' if options.access else 'log'}/checkpoint"
        try:
            text = client.text(address, "")
            parse_checkpoint(text)
        except VerifyError:
            raise client.not_headwater() from None
        print(text, end="")
    return EXIT_FINE


def policy(options: argparse.Namespace) -> int:
    """The policy that the service suggests. An auditor gets it by another way than from the service."""
    with Client(settings(options)) as client:
        print(client.text("/log/policy", "log "), end="")
    return EXIT_FINE


def signing(options: argparse.Namespace) -> int:
    """How signing stands; exit 1 when a signer or a witness refuses."""
    with Client(settings(options)) as client:
        told = client.told("GET", "/api/v1/audit/signing")
    if options.format == "json":
        as_json(told)
    else:
        for log in told["logs"]:
            say(f"{log['origin']}: size {log['size']}", *(f"  {each}" for each in log["standing"]))
        for witness in told["witnesses"]:
            seen = ", ".join(f"{size} of {origin}" for origin, size in sorted(witness["cosigned"].items())) or "nothing"
            say(f"witness {witness['name']} ({witness['url']}): cosigned {seen}")
        say(*(f"wrong: {each}" for each in told["wrong"]))
    return TAMPERED if told["wrong"] else EXIT_FINE


def rotate_key(options: argparse.Namespace) -> int:
    """A new key for each log; the old ones sign beside it for 30 days."""
    with Client(settings(options)) as client:
        told = client.told("POST", "/api/v1/audit/rotate-key")
    for origin, key in told.items():
        print(f"{origin}: entry {key['index']} names the new key\nlog {key['vkey']}")
    return EXIT_FINE


def graph_digest(options: argparse.Namespace) -> int:
    """Say in the ledger what the graph is now, so that a later replay can be held against it."""
    chosen = settings(options)
    with closing(open_store(chosen.store, chosen.data, read_only=True)) as store:
        size = store.applied()
        stated = GraphDigest(size, digest_of(store, history=True, known=size), PRODUCT)
    if options.offline:
        with closing(Ledger.open(chosen.ledger_path)) as ledger:
            index = ledger.append([Draft(DIGEST_KIND, {"norm": encode_digest(stated)}, actor=ACTOR)])[0].index
    else:
        with Client(chosen) as client:
            body = {"size": stated.size, "digest": stated.digest}
            index = client.told("POST", "/api/v1/audit/graph-digest", json=body)["index"]
    print(f"entry {index}: the graph of {stated.size} entries has the digest {stated.digest}")
    return EXIT_FINE
