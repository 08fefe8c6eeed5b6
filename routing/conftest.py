"""One real encoder for all tests of routing: loading PyTorch takes seconds."""

import pytest

from routing.engine import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder.open()
