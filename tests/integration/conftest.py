"""One stack with a small city for all tests of the API; test_*.py that need a stack of their own make it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from api import City  # noqa: E402
from stack import Stack  # noqa: E402


@pytest.fixture(scope="session")
def city():
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        yield City(stack)
