"""One assessor for the whole room: it is immutable."""

import pytest

from nlu.assess import Assessor


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    return Assessor.load()
