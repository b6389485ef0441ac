"""Every version of what matters is kept, with who made it, and cannot be rewritten."""

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_history_cannot_be_rewritten(cast: Cast, operation: str) -> None:
    events = apps.get_model("agencies", "AgencyEvent").objects.filter(pgh_obj=cast.agency_a)
    assert events.exists()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        events.update(duty_station="Elsewhere") if operation == "update" else events.delete()
