"""The normal form of names: which spellings of a dataset, job or column are one without anybody's word.

The one idea: a normal form is a pure function of the spelling, so that it can be applied when names are resolved and
changed later. It may only join what no system tells apart (OpenLineage's NAMING rules and known messes); anything
weaker is a suggestion (near.py).

    normal_namespace("postgresql://Db:5432/")              "postgres://db"
    normal_dataset("s3a://lake", "/clicks/ds=2026-11-01")   ("s3://lake", "clicks")
    normal_job("etl", "load_2026-11-01")                    ("etl", "load")
"""

from lineage.names.datasets import is_inside, is_unlisted_cte, normal_dataset
from lineage.names.folding import Fold, fold_parents
from lineage.names.jobs import normal_job
from lineage.names.namespaces import normal_namespace
from lineage.names.near import similarity
from lineage.names.tables import normal_column

__all__ = [
    "Fold",
    "fold_parents",
    "is_inside",
    "is_unlisted_cte",
    "normal_column",
    "normal_dataset",
    "normal_job",
    "normal_namespace",
    "similarity",
]
