"""`headwater collect mlflow` and `headwater collect feast`: what trains and serves models, as OpenLineage events."""

import argparse
import time
from contextlib import closing
from pathlib import Path

from api.cli.collecting import Outcome, count, take
from api.cli.delivery import delivery
from api.cli.options import settings
from api.cli.options import time as instant
from api.cli.screen import progress
from collectors.visits import Visits
from lineage.instants import parse_instant


def mlflow(options: argparse.Namespace) -> int:
    """`headwater collect mlflow`."""
    from collectors.mlflow.collecting import MlflowVisit
    from collectors.mlflow.server import MlflowServer

    outcome = Outcome(options.fail_on)
    visits = Visits.open(Path(options.state) if options.state else None, "mlflow")
    since = instant(options.since, "--since")
    since_ms = None if since is None else parse_instant(since) // 1_000
    with (
        closing(MlflowServer.at(options.server_url)) as server,
        delivery(options.to, settings(options)) as out,
        progress(quiet=options.quiet) as bar,
    ):
        namespace = options.namespace or server.namespace
        visit = MlflowVisit(server, namespace, visits, time.time_ns() // 1_000, since_ms)
        task = bar.add_task("runs", total=None)
        for told in visit.events():
            take(told, out.take, outcome)
            bar.update(task, completed=visit.runs)
        delivered = out.close()
    summary = f"{namespace}: {count(visit.runs, 'run', 'runs')}, {count(visit.versions, 'model version', 'model versions')}"
    return outcome.end(delivered, visits, summary, visit.unchanged, options)


def feast(options: argparse.Namespace) -> int:
    """`headwater collect feast`."""
    from collectors.feast.collecting import FeastVisit
    from collectors.feast.registry import read_registry
    from collectors.feast.repository import read_repository

    outcome = Outcome(options.fail_on)
    visits = Visits.open(Path(options.state) if options.state else None, "feast")
    repository = read_repository(Path(options.repository), options.registry)
    registry = read_registry(repository)
    with delivery(options.to, settings(options)) as out:
        visit = FeastVisit(
            repository, registry, options.namespace or repository.project, visits, time.time_ns() // 1_000
        )
        for told in visit.events():
            take(told, out.take, outcome)
        delivered = out.close()
    summary = f"{visit.namespace}: {count(visit.views, 'view', 'views')}, {count(visit.services, 'service', 'services')}"
    return outcome.end(delivered, visits, summary, visit.unchanged, options)
