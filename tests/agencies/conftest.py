"""People of the register whom several files of tests need."""

import pytest
from django.utils import timezone

from accounts.models import User
from agencies.models import Capacity
from tests.cast import Cast
from tests.factories import FocalPointFactory, UserFactory


@pytest.fixture
def petra(cast: Cast) -> User:
    """The principal of agency B, who signs in."""
    person = UserFactory(name="Petra", email="petra@example.org", is_sample=True, last_login=timezone.now())
    FocalPointFactory(person=person, agency=cast.agency_b, mechanism=cast.task_force, capacity=Capacity.PRINCIPAL)
    return person
