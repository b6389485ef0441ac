"""Rate limits live in the cache: each test begins without a past."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_past() -> None:
    cache.clear()
