"""`headwater backup` and `headwater restore`: copies of the data folder, checked."""

import argparse
from pathlib import Path

from api.cli import EXIT_FINE, EXIT_NO
from api.cli.options import settings
from api.cli.screen import progress
from lineage.backup import KEYRING, Backup, back_up
from lineage.backup import restore as put_back
from lineage.ledger import fsck
from lineage.ledger.keyring import keep_keys_in


def backup(options: argparse.Namespace) -> int:
    """Beside a running service, or without one."""
    chosen = settings(options)
    with progress() as bar:
        task = bar.add_task("copying", total=None)
        made = back_up(
            chosen.data,
            Path(options.target),
            graph=not options.without_graph,
            keys=not options.without_keys,
            progress=lambda name: bar.update(task, description=f"copying {name}"),
        )
    _tell(made, options.target)
    return EXIT_FINE


def restore(options: argparse.Namespace) -> int:
    """Into a new data folder, then checked as `audit fsck` does."""
    chosen = settings(options)
    keyring = chosen.keyring or chosen.data / KEYRING
    with progress() as bar:
        task = bar.add_task("checking and copying", total=None)
        made = put_back(
            Path(options.source),
            chosen.data,
            keyring,
            progress=lambda name: bar.update(task, description=f"checking {name}"),
        )
    keep_keys_in(chosen.data, chosen.keyring)
    report = fsck(chosen.ledger_path)
    _tell(made, chosen.data)
    for finding in report.findings:
        print(finding)
    if report.findings or (report.size, report.root.hex()) != (made.size, made.root):
        print("The restored ledger is not what was backed up. Use another copy.")
        return EXIT_NO
    print("The restored ledger is verified.")
    if not chosen.state_path.exists():
        print(
            f"The graph is made again when the service starts, or now: headwater graph rebuild --yes --data {chosen.data}"
        )
    return EXIT_FINE


def _tell(made: Backup, where: object) -> None:
    print(f"{where}: {len(made.files)} files, {made.byte_count:,} bytes, {made.size:,} entries, root {made.root}")
