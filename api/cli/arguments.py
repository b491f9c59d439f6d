"""Every command's arguments, in one tree. What each does is in the module that its `command` names."""

import argparse
from collections.abc import Callable
from typing import Any

from api.cli import audit_arguments, erasing_arguments, exporting_arguments, key_arguments
from lineage.facts import EvidenceKind, Flow, Grain, NodeKind

CHANGES = ("REMOVE", "RENAME", "TYPE_NARROW", "TYPE_WIDEN", "NULLABILITY", "MEANING", "ROWS", "GRAIN")
"""lineage.query.answers.ChangeKind, written out: importing the questions would triple the time of every command."""

FORMATS = ("table", "json", "mermaid", "dot")
NODE = "a node: `NAMESPACE NAME[#COLUMN]`, as two words or one in quotes, or its id `hw:…`"

Commands = Any  # argparse's own type of "add_parser's owner" is private


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command; the chosen function stands in `command` as `module:function`."""
    top = argparse.ArgumentParser(
        prog="headwater",
        description="Data lineage and audit graph: where data came from, what breaks if it changes, and proof of both.",
        epilog="Every flag that is a setting can be an environment variable: --api-key is HEADWATER_API_KEY.",
    )
    top.add_argument("--version", action="version", version=_version())
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for describe in (_serving, _collecting, _asking, _watching, _telling, _keeping):
        describe(commands)
    return top


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"headwater {version('headwater')}"
    except PackageNotFoundError:
        return "headwater, not installed"


def _command(
    commands: Commands, name: str, command: str, text: str, *parts: Callable[[argparse.ArgumentParser], None]
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    made.set_defaults(command=command)
    for part in parts:
        part(made)
    return made


def _group(commands: Commands, name: str, text: str) -> Commands:
    made = commands.add_parser(name, help=text, description=text)
    return made.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _service(to: argparse.ArgumentParser) -> None:
    to.add_argument("--url", help="the service (default http://127.0.0.1:8765)")
    to.add_argument("--api-key", help="its key; better in HEADWATER_API_KEY, where no process list shows it")


def _local(to: argparse.ArgumentParser) -> None:
    to.add_argument("--data", help="the data folder (default ./headwater-data)")
    to.add_argument("--store", help="the graph: sqlite: (default), or neo4j://user:password@host:7687/database")


def _format(to: argparse.ArgumentParser) -> None:
    to.add_argument("--format", choices=FORMATS[:2], default="table", help="for people, or for programs")


def _picture(to: argparse.ArgumentParser) -> None:
    to.add_argument("--format", choices=FORMATS, default="table", help="for people, for programs, or as a picture")


def _moment(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--at", metavar="TIME", help="what was true then: 2026-11-22T02:34Z, 2026-11-22, or 36h ago as `36h`"
    )
    to.add_argument("--known-at", metavar="TIME", help="what the record held then")
    to.add_argument("--known-index", metavar="N", help="what the record held when it had N entries")


def _node(to: argparse.ArgumentParser) -> None:
    to.add_argument("node", nargs="+", metavar="NODE", help=NODE)


def _kind(to: argparse.ArgumentParser) -> None:
    to.add_argument("--job", action="store_true", help="the node is a job, not a dataset")
    to.add_argument("--model-version", "--dataset-version", dest="node_version", metavar="V", help="this version of it")


def _page(to: argparse.ArgumentParser) -> None:
    to.add_argument("--first", type=int, default=50, metavar="N", help="how many at most (default 50)")
    to.add_argument("--after", metavar="CURSOR", help="the page after this one")


def _grain(default: Grain) -> Callable[[argparse.ArgumentParser], None]:
    def add(to: argparse.ArgumentParser) -> None:
        to.add_argument(
            "--grain", type=str.upper, choices=[*Grain], default=None,
            help=f"datasets or columns (default: {default.lower()}s; columns if a column is named)",
        )  # fmt: skip

    return add


def _yes(to: argparse.ArgumentParser) -> None:
    to.add_argument("--yes", action="store_true", help="do not ask")


def _serving(commands: Commands) -> None:
    serve = _command(commands, "serve", "serving:serve", "API, projector and page with one command", _local)
    serve.add_argument("--keyring", help="folder of the payloads' keys (default: keyring in the data folder)")
    serve.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", help="port to listen on (default 8765; 0: a free one)")
    serve.add_argument("--api-key", help="the key to demand; better in HEADWATER_API_KEY")
    serve.add_argument(
        "--oidc-issuer", metavar="URL", help="an OpenID Connect provider whose bearer tokens are believed"
    )
    serve.add_argument("--oidc-audience", metavar="NAME", help="what a token's `aud` must hold")
    serve.add_argument("--oidc-roles-claim", metavar="CLAIM", help="the claim that lists roles (default roles)")
    serve.add_argument("--oidc-roles", metavar="FILE", help="JSON file of what each role may do")
    serve.add_argument("--insecure", action="store_true", default=None, help="listen beyond loopback without a key")
    serve.add_argument("--body-bytes-max", metavar="N", help="largest request body in bytes")
    serve.add_argument("--log-level", help="debug, info, warning or error")
    serve.add_argument("--log-format", help="text or json")
    serve.add_argument("--signer", help="the socket of a signer that runs apart (`headwater audit signer`)")
    serve.add_argument("--witnesses", help="file with the witness, group and quorum lines of a tlog-policy")
    serve.add_argument("--no-projector", action="store_true", help="take events, but leave the graph as it is")
    demo = _command(commands, "demo", "serving:demo", "a service with real events in it, and three answers")
    demo.add_argument("--port", help="port to listen on (default 8765; 0: a free one)")
    demo.add_argument("--data", help="keep it in this folder (default: a temporary one)")
    demo.add_argument("--exit", action="store_true", dest="exit_after", help="stop after the answers")
    ingest = _command(
        commands, "ingest", "ingesting:ingest", "send OpenLineage events from files to a service", _service
    )
    ingest.add_argument("files", nargs="+", metavar="FILE", help=".json, .ndjson, either as .gz; `-`: standard input")
    ingest.add_argument("--quiet", action="store_true", help="no progress, only what went wrong")


def _collecting(commands: Commands) -> None:
    collect = _group(commands, "collect", "make OpenLineage events from SQL, query logs, catalogues, MLflow, Feast")
    sql = _command(
        collect, "sql", "collecting:sql", "what SQL files declare, and what query logs say that ran",
        _collected, _service,
    )  # fmt: skip
    sql.add_argument(
        "paths", nargs="+", metavar="PATH",
        help="files and folders of SQL, query logs (.csv, .jsonl, either as .gz), `-`: standard input",
    )  # fmt: skip
    sql.add_argument("--namespace", help="where the tables are, such as postgres://db:5432")
    sql.add_argument("--dialect", help="the SQL's dialect (default: the namespace's)")
    sql.add_argument("--default-database", metavar="NAME", help="the database of tables that name none")
    sql.add_argument("--default-schema", metavar="NAME", help="the schema of tables that name none")
    known = sql.add_mutually_exclusive_group()
    known.add_argument(
        "--schema", metavar="FILE", help="the tables' columns: JSON, or what `collect database --to FILE` wrote"
    )
    known.add_argument("--database", metavar="URL", help="ask this database for the tables' columns; or `env:VARIABLE`")
    sql.add_argument("--job-namespace", metavar="NAME", help="the jobs' namespace (default: the tables')")
    sql.add_argument("--job", metavar="NAME", help="the job's name, for a single file")
    sql.add_argument("--log", choices=["csv", "jsonl"], help="the paths are query logs in this format")
    sql.add_argument(
        "--column", action="append", default=[], metavar="NEED=COLUMN",
        help="a log's own name for statement, time, end, duration_ms, user, database, schema (repeat)",
    )  # fmt: skip
    sql.add_argument(
        "--masking-function",
        action="append",
        default=[],
        metavar="NAME",
        help="your function that hides a value (repeat)",
    )
    database = _command(
        collect, "database", "collecting:database", "a database's tables, views, comments, keys and owners",
        _collected, _service,
    )  # fmt: skip
    database.add_argument(
        "database_url", metavar="URL",
        help="postgresql://user:password@host/database, mysql://…, sqlite:///file, duckdb:///file, any SQLAlchemy dialect; "
        "or `env:VARIABLE`, which holds it",
    )  # fmt: skip
    database.add_argument("--namespace", help="instead of the one that OpenLineage's naming rules give")
    database.add_argument("--schema", action="append", default=[], metavar="NAME", help="only these; a glob (repeat)")
    database.add_argument("--dialect", help="of the views' SQL, where the URL does not tell it")
    mlflow = _command(
        collect, "mlflow", "collecting_ml:mlflow", "a tracking server's runs, inputs, models, versions, aliases and tags",
        _collected, _service,
    )  # fmt: skip
    mlflow.add_argument(
        "server_url", metavar="URL",
        help="of the server, such as http://mlflow:5000; or `env:VARIABLE`, which holds it. MLFLOW_TRACKING_USERNAME, "
        "_PASSWORD and _TOKEN count, too",
    )  # fmt: skip
    mlflow.add_argument("--namespace", help="of its models and jobs (default: mlflow://HOST:PORT)")
    mlflow.add_argument(
        "--since", metavar="TIME", help="runs that ended since then (default: since the last visit, else all)"
    )
    feast = _command(
        collect, "feast", "collecting_ml:feast", "a feature store's sources, views, services and what was materialised",
        _collected, _service,
    )  # fmt: skip
    feast.add_argument("repository", metavar="REPO", help="the folder of feature_store.yaml")
    feast.add_argument(
        "--registry", metavar="FILE|URL", help="instead of the one in feature_store.yaml; or `env:VARIABLE`"
    )
    feast.add_argument(
        "--namespace", help="of the views and services (default: the project's name, as Feast's events have)"
    )
    for name, instead in _LATER.items():
        made = _command(collect, name, "collecting:later", f"not there yet. {instead}")
        made.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
        made.set_defaults(collector=name, instead=instead)


_LATER = {
    "dbt": "Until then dbt-ol (openlineage-dbt) sends dbt's events.",
}


def _collected(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--to", metavar="URL|FILE|-", help="a service, a file (.gz too), or standard output (default: the service)"
    )
    to.add_argument(
        "--state", metavar="FILE", help="remember what was seen: tell only what is new, changed or gone since"
    )
    to.add_argument(
        "--fail-on", metavar="REASONS", help="exit 1 for what stays unknown for these reasons: PARSE_ERROR,STAR, or ANY"
    )
    to.add_argument("--all-findings", action="store_true", help="show all that stays unknown, not the first 50")
    to.add_argument("--quiet", action="store_true", help="no progress and no findings, only what went wrong")


def _asking(commands: Commands) -> None:
    search = _command(
        commands, "search", "asking:search", "find nodes by any part of any name", _service, _moment, _page, _picture
    )
    search.add_argument("query", nargs="+", help="words or parts of names")
    search.add_argument("--kind", action="append", type=str.upper, choices=[*NodeKind], help="only these (repeat)")
    _command(
        commands, "show", "asking:show", "all that is known of one node", _node, _kind, _service, _moment, _picture
    )
    lineage = _command(
        commands, "lineage", "asking:lineage", "what is upstream or downstream of a node",
        _node, _kind, _service, _moment, _picture, _grain(Grain.DATASET),
    )  # fmt: skip
    way = lineage.add_mutually_exclusive_group()
    way.add_argument("--upstream", dest="direction", action="store_const", const="UPSTREAM", help="where it comes from")
    way.add_argument("--downstream", dest="direction", action="store_const", const="DOWNSTREAM", help="what uses it")
    way.add_argument("--both", dest="direction", action="store_const", const="BOTH", help="both (default)")
    lineage.set_defaults(direction="BOTH")
    lineage.add_argument("--depth", type=int, metavar="HOPS", help="how far (default: all the way)")
    lineage.add_argument("--limit", type=int, default=1000, metavar="NODES", help="how many nodes (default 1000)")
    lineage.add_argument("--flow", action="append", type=str.upper, choices=[*Flow], help="only these flows (repeat)")
    lineage.add_argument(
        "--evidence", action="append", type=str.upper, choices=[*EvidenceKind], help="only such edges (repeat)"
    )
    lineage.add_argument(
        "--attempted", action="store_true", help="also edges that only runs tell that failed or have not ended"
    )
    lineage.add_argument("--seen-after", metavar="TIME", help="only edges that a run repeated since")
    impact = _command(
        commands, "impact", "asking:impact", "what breaks if a node changes", _node, _kind, _service, _moment, _page,
        _picture,
    )  # fmt: skip
    impact.add_argument("--change", type=str.upper, choices=CHANGES, help="what is about to change")
    impact.add_argument("--kind", action="append", type=str.upper, choices=[*NodeKind], help="only these (repeat)")
    _command(
        commands, "provenance", "asking:provenance", "every source behind a node", _node, _kind, _service, _moment, _page,
        _picture,
    )  # fmt: skip
    paths = _command(
        commands, "paths", "asking:paths", "how data gets from one node to another", _service, _moment, _picture,
        _grain(Grain.COLUMN),
    )  # fmt: skip
    paths.add_argument("node", nargs="+", metavar="NODE", help=f"from and to; each {NODE}")
    paths.add_argument("--first", type=int, default=5, metavar="N", help="how many ways (default 5)")
    diff = _command(
        commands, "diff", "asking:diff", "what differs between two moments", _node, _kind, _service, _moment, _picture,
        _grain(Grain.DATASET),
    )  # fmt: skip
    diff.add_argument("--direction", type=str.upper, choices=["UPSTREAM", "DOWNSTREAM", "BOTH"], default="BOTH")
    # The other moment is that of every question: --at, --known-at, --known-index.
    diff.add_argument("--from", dest="from_at", metavar="TIME", help="the first moment: what was true then")
    diff.add_argument("--from-known-at", metavar="TIME", help="the first moment: what the record held then")
    diff.add_argument("--from-known-index", metavar="N", help="the first moment: what it held with N entries")


def _watching(commands: Commands) -> None:
    drift = _command(
        commands, "drift", "watching:drift", "what changed in any schema, in whose report, and what is downstream of it",
        _service, _format, _page,
    )  # fmt: skip
    drift.add_argument("node", nargs="*", metavar="NODE", help=f"only these; each {NODE}")
    drift.add_argument("--since", required=True, metavar="TIME", help="2026-11-22T02:00Z, 2026-11-22, or `36h`, `7d`")
    drift.add_argument("--until", metavar="TIME", help="up to this time")
    check = _command(
        commands, "check", "watching:check", "the blast radius of a change, for CI: exit 1 if it reaches anything",
        _node, _kind, _service, _format,
    )  # fmt: skip
    check.add_argument("--change", type=str.upper, choices=CHANGES, required=True, help="what is about to change")
    check.add_argument(
        "--fail-on", type=str.upper, choices=["CERTAIN", "POSSIBLE"], default="CERTAIN",
        help="fail for what breaks for certain (default), or also for what may",
    )  # fmt: skip
    check.add_argument("--first", type=int, default=50, metavar="N", help="how many to show (default 50)")


def _telling(commands: Commands) -> None:
    alias = _group(commands, "alias", "rules that two names are one thing")
    _command(alias, "list", "telling:list_aliases", "rules that hold", _service, _format)
    for name, text in (("add", "let two names be one thing"), ("remove", "take a rule back")):
        made = _command(alias, name, f"telling:{name}_alias", text, _service, _format)
        made.add_argument("kind", type=str.upper, choices=["NAMESPACE", "DATASET", "JOB"], help="what the names name")
        made.add_argument("from_", metavar="FROM", help="a namespace, `hosts:a,b,c`, `regex:…`, or 'NAMESPACE NAME'")
        if name == "add":
            made.add_argument("to", metavar="TO", help="the name that is shown from now on")
        made.add_argument("--reason", required=True, help="why, for those who read the record later")
    suggest = _command(
        alias, "suggest", "telling:suggest_aliases", "names that look alike, never merged", _service, _format
    )
    suggest.add_argument("--first", type=int, default=20, metavar="N", help="how many at most (default 20)")
    distrust = _group(commands, "distrust", "runs that are set aside")
    _command(distrust, "list", "telling:list_distrust", "what is set aside now", _service, _format)
    for name, text in (("add", "set runs aside: not erased, but in no answer"), ("remove", "believe them again")):
        made = _command(distrust, name, f"telling:{name}_distrust", text, _service, _format)
        made.add_argument("job", metavar="JOBS", help="a glob over `NAMESPACE NAME`, such as 'airflow *_test'")
        made.add_argument("--producer", default="*", help="a glob over producers (default: all)")
        made.add_argument("--from", dest="from_", metavar="TIME", help="runs from this event time on")
        made.add_argument("--to", metavar="TIME", help="runs before this event time")
        made.add_argument("--reason", required=True, help="why, for those who read the record later")
    letters = _group(commands, "deadletter", "what came and could not be understood")
    _command(letters, "list", "telling:list_dead_letters", "the newest first", _service, _format, _page).add_argument(
        "--open", action="store_true", dest="open_only", help="only those that were not replayed yet"
    )
    show = _command(letters, "show", "telling:show_dead_letter", "one of them, or its bytes", _service, _format)
    show.add_argument("index", type=int, help="its ledger index")
    show.add_argument("--raw", action="store_true", help="the bytes as they came, and nothing else")
    again = _command(letters, "replay", "telling:replay_dead_letters", "read them again", _service, _format)
    again.add_argument("indexes", nargs="*", type=int, metavar="INDEX", help="their ledger indexes")
    again.add_argument("--all", action="store_true", help="all that were not replayed yet")


def _keeping(commands: Commands) -> None:
    audit = _group(commands, "audit", "the logs: verified, checked, watched, vouched for")
    audit_arguments.describe(audit, _command, service=_service, form=_format)
    exporting_arguments.describe(audit, _command, service=_service, form=_format)
    erasing_arguments.describe(audit, _command, _group, service=_service, form=_format, page=_page)
    key = _group(commands, "key", "API keys: who may come in, and what they may do and see")
    key_arguments.describe(key, _command, service=_service, form=_format, page=_page)
    graph = _group(commands, "graph", "the graph, beside the service or without it")
    _command(graph, "rebuild", "keeping:rebuild", "drop the graph and make it again from the ledger", _local, _yes)
    export = _command(graph, "export", "keeping:export", "the whole graph as NDJSON in canonical order", _local)
    export.add_argument("--history", action="store_true", help="every version, with its known bounds")
    digest = _command(graph, "digest", "keeping:digest", "SHA-256 of the export: the last word printed", _local)
    digest.add_argument("--history", action="store_true", help="of the export with its history")
    compare = _command(graph, "compare", "keeping:compare", "what differs between two graphs: exit 1 if anything does")
    for side in ("first", "second"):
        compare.add_argument(
            side,
            metavar="A" if side == "first" else "B",
            help="a data folder, ledger:FOLDER (its ledger alone, replayed), a store's URL, or a file that `export` wrote",
        )
    compare.add_argument("--history", action="store_true", help="compare every version, not only what holds now")
    dossier = _command(
        commands, "dossier", "dossiers:dossier", "a model version's record, for auditors", _moment, _service
    )
    dossier.add_argument("model", nargs="+", metavar="MODEL", help="NAMESPACE NAME VERSION, or `hw:… VERSION`")
    dossier.add_argument(
        "--format", choices=("markdown", "html", "prov", "cyclonedx"), help="default: by the file's ending, else markdown"
    )
    dossier.add_argument("-o", "--output", metavar="FILE", help="write it there (.md, .html, .provjson, .json)")
    backup = _command(commands, "backup", "backing:backup", "copy the data folder, beside a running service")
    backup.add_argument("target", metavar="DIR", help="a new or empty folder")
    backup.add_argument("--data", help="the data folder (default ./headwater-data)")
    backup.add_argument("--without-graph", action="store_true", help="leave out what can be made again from the ledger")
    backup.add_argument(
        "--without-keys", action="store_true", help="leave out the payloads' keys, if you keep them apart"
    )
    restore = _command(commands, "restore", "backing:restore", "put a backup back as a data folder, every byte checked")
    restore.add_argument("source", metavar="DIR", help="a folder that `backup` made")
    restore.add_argument("--data", help="the data folder to make (default ./headwater-data): new or empty")
    restore.add_argument("--keyring", help="where the payloads' keys go (default: keyring in the data folder)")
    _command(commands, "doctor", "doctoring:doctor", "what is wrong, and what to do", _local, _service, _format)
