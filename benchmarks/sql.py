"""What SQL lineage costs, each beside sqlglot's parse alone of the same statements in the same run.

    python -m benchmarks.sql [--repeat 5] [--statements 100000] [--cases FILE]

Three figures: queries of a warehouse (star joins, CTEs, windows, made by rule; with --cases, the statements of a file of
JSON lines with `sql`, `dialect`, `schema`), one wide statement (300 columns through 10 layers, columns unqualified), and the
memory that many statements leave behind. Times are processor time, the best of the repeats; parse and analysis alternate.
With sqlglot's compiled form installed (sqlglotc) both get faster; the first line says which ran.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import sqlglot

from collectors.sql import SchemaIndex, analyse

COLUMNS, LAYERS = 300, 10


class Case(NamedTuple):
    sql: str
    dialect: str
    schema: dict[str, dict[str, str]] | None


def warehouse(index: int) -> Case:
    """A query over a fact table and its dimensions, another one for each index."""
    dims = [f"dim_{(index + i) % 9}" for i in range(4)]
    schema = {f"dw.{d}": dict.fromkeys([f"{d}_sk", f"{d}_name", f"{d}_kind", f"{d}_date"], "TEXT") for d in dims}
    schema["dw.sales"] = dict.fromkeys([*(f"{d}_sk" for d in dims), "price", "quantity", "sold_at"], "INT")
    joins = " ".join(f"JOIN dw.{d} ON sales.{d}_sk = {d}.{d}_sk" for d in dims)
    names = ", ".join(f"{d}_name" for d in dims)
    sql = f"""WITH base AS (
      SELECT {names}, {dims[0]}_kind, sold_at, quantity * price AS amount,
             CASE WHEN quantity > {index} THEN price ELSE 0 END AS bulk
      FROM dw.sales AS sales {joins} WHERE {dims[1]}_kind IN ('a', 'b') AND sold_at > {index}
    ), summed AS (
      SELECT {names}, sum(amount) AS amount, avg(bulk) AS bulk, max(sold_at) AS last FROM base
      GROUP BY {names} HAVING sum(amount) > 10
    ), ranked AS (
      SELECT *, rank() OVER (PARTITION BY {dims[0]}_name ORDER BY amount DESC) AS place FROM summed
      WHERE EXISTS (SELECT 1 FROM dw.{dims[2]} x WHERE x.{dims[2]}_name = summed.{dims[2]}_name)
    )
    SELECT a.*, b.amount AS before FROM ranked a LEFT JOIN ranked b ON a.place = b.place + 1
    UNION ALL SELECT {names}, amount, bulk, last, 0, amount FROM summed ORDER BY 1 LIMIT 100"""
    return Case(sql, "postgres", schema)


def wide(columns: int = COLUMNS, layers: int = LAYERS) -> Case:
    """Two tables joined, then layers of plain, function, CASE and two-column expressions."""
    half = columns // 2
    schema = {
        "s.a": dict.fromkeys(["id", *(f"c{i}" for i in range(half))], "INT"),
        "s.b": dict.fromkeys(["id", *(f"c{i}" for i in range(half, columns))], "INT"),
    }
    texts = [f"l0 AS (SELECT a.id, {', '.join(f'c{i}' for i in range(columns))} FROM s.a JOIN s.b ON a.id = b.id)"]
    for layer in range(1, layers):
        shapes = {
            3: "COALESCE(c{i}, c{j}) AS c{i}",
            6: "CASE WHEN c{i} > 1 THEN c{i} ELSE 0 END AS c{i}",
            9: "c{i} + 1 AS c{i}",
        }
        parts = (shapes.get(i % 10, "c{i}").format(i=i, j=(i + layer) % columns) for i in range(columns))
        texts.append(f"l{layer} AS (SELECT id, {', '.join(parts)} FROM l{layer - 1} WHERE id > {layer})")
    names = ", ".join(f"c{i}" for i in range(columns))
    return Case(f"INSERT INTO t ({names}) WITH {', '.join(texts)} SELECT {names} FROM l{layers - 1}", "", schema)


def best_ms(work: Callable[[], object], repeat: int) -> float:
    """Processor time of the fastest of `repeat` runs."""
    times = []
    for _ in range(repeat):
        gc.collect()
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1_000


def compare(title: str, cases: list[Case], repeat: int) -> None:
    indexed = [(c, SchemaIndex(c.schema) if c.schema else None) for c in cases]

    def parse() -> None:
        for case in cases:
            sqlglot.parse(case.sql, dialect=case.dialect or None)

    def answer() -> None:
        for case, schema in indexed:
            analyse(case.sql, dialect=case.dialect, schema=schema)

    parsed, answered = best_ms(parse, repeat), best_ms(answer, repeat)
    print(
        f"{title}: {answered:,.0f} ms, {answered / len(cases):.2f} ms each; parse alone {parsed:,.0f} ms; {answered / parsed:.2f} ×"
    )


def memory(statements: int) -> None:
    """Resident memory after a tenth of the statements, and after all."""
    cases = [warehouse(i) for i in range(50)]
    peaks = []
    for index in range(statements):
        case = cases[index % len(cases)]
        analyse(f"SELECT {index} AS i FROM dw.sales WHERE price > {index}", dialect="postgres", schema=case.schema)
        if index + 1 in (statements // 10, statements):
            gc.collect()
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024)
    print(
        f"memory: {peaks[0]:.0f} MB at most after {statements // 10:,} statements, {peaks[-1]:.0f} MB after {statements:,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--statements", type=int, default=100_000)
    parser.add_argument("--cases", type=Path)
    options = parser.parse_args()
    compiled = getattr(sqlglot.parser, "__file__", "").endswith(".so")
    print(f"sqlglot {sqlglot.__version__}, {'compiled (sqlglotc)' if compiled else 'pure Python'}")
    cases = [warehouse(i) for i in range(60)]
    if options.cases:
        rows = [json.loads(line) for line in options.cases.read_text(encoding="utf-8").splitlines()]
        cases = [
            Case(row["sql"], row["dialect"], row["schema"]) for row in rows if row.get("suite", "tpcds") == "tpcds"
        ]
    compare(f"{len(cases)} warehouse queries", cases, options.repeat)
    compare(f"one statement of {COLUMNS} columns and {LAYERS} layers", [wide()], options.repeat)
    memory(options.statements)


if __name__ == "__main__":
    main()
