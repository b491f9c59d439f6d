"""The graph that most of these tests ask about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import service, start
from tests.graphql.service import Endpoint, endpoint

__all__ = ["service", "start"]  # fixtures: a real service

SHOP = """
customers has id:int email:text by catalogue:c valid=0..5000
customers owner crm-team
customers#email -> features#email_hash by build masked
customers#id ~> features by build label=FILTER
features#email_hash -> model#email_hash by train
orders -> features by build possible
model datasetType MODEL
job:check reads features
customers has id:bigint email:text by catalogue:c known=9 valid=5000..
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Endpoint]:
    """Customers flow by column into features and a model; orders by table."""
    with endpoint(tmp_path, SHOP) as made:
        yield made
