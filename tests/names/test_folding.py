"""Which datasets a name may be a part of, and which names may be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.names import fold_parents, normal_dataset, similarity


@pytest.mark.parametrize(
    ("name", "parents"),
    [
        ("/lake/landing/events/e3.json", [("/lake/landing/events", "REAL")]),
        ("/lake/landing/products.json", [("/lake/landing", "REAL")]),
        ("/lake/t/part-00000-abc", [("/lake/t", "REAL")]),
        ("/lake/t/data/00000-0-x.parquet", [("/lake/t/data", "REAL"), ("/lake/t", "REAL")]),
        (
            "/lake/t/metadata/v1.metadata.json",
            [("/lake/t/metadata", "REAL"), ("/lake/t", "REAL"), ("/lake/t", "MODEL")],
        ),
        ("/models/churn/v1/metadata", [("/models/churn/v1", "MODEL")]),
        ("/lake/t/_index/3", [("/lake/t", "REAL")]),
        ("/lake/t", []),
        ("/lake/shop.db", []),
        ("/models/v1.5", []),
        ("/x.csv", []),
        ("x.csv", []),
    ],
)
def test_candidates_nearest_first(name: str, parents: list[tuple[str, str]]) -> None:
    """A file may be part of the directory it lies in, a hidden directory of what is around it, inner directories of a model."""
    assert [(fold.name, fold.when) for fold in fold_parents("file", name)] == parents


def test_only_paths_fold() -> None:
    """A table's name has no directories, whatever letters are in it."""
    assert fold_parents("postgres://h", "a/b/e3.json") == ()


@given(st.sampled_from(["file", "s3://b", "hdfs://nn"]), st.text(alphabet="ab/._=1", max_size=30))
def test_parents_are_shorter_normal_looking_paths(namespace: str, name: str) -> None:
    """Each candidate lies above the name and is never empty, so folding ends."""
    space, form = normal_dataset(namespace, name)
    for fold in fold_parents(space, form):
        assert fold.namespace == space
        assert fold.name and form.startswith(fold.name + "/")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (
            ("postgres://127.0.0.1:5599", "shop.public.orders"),
            ("postgres://localhost:5599", "shop.public.orders"),
            "two hosts",
        ),
        (("dlt.destinations.duckdb://duckdb", "raw.orders"), ("sqlmesh-bench", "shop.raw.orders"), "raw.orders"),
        (("arn:aws:glue:r:1", "table/shop/orders"), ("hive://h:9083", "shop.orders"), "shop.orders"),
        (("s3://b", "wh/shop.db/orders"), ("hive://h:9083", "shop.orders"), "shop.orders"),
        (("postgres://h", "a.public.t"), ("mysql://h", "b.t"), None),
        (("postgres://h:5432", "a.b.t"), ("postgres://h", "a.b.t"), None),
        (("fs", "orders"), ("bench", "orders"), None),
    ],
)
def test_near_names_are_suggested_with_a_reason(
    one: tuple[str, str], other: tuple[str, str], words: str | None
) -> None:
    """The reason is a sentence for the person who decides; what is one already, or has too little in common, is not suggested."""
    reason = similarity(*one, *other)
    assert similarity(*other, *one) is None if words is None else reason is not None and words in reason
