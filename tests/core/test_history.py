"""Every version of what matters is kept, with who made it, and cannot be rewritten."""

import pghistory
import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from agencies.models import Agency
from core.audit import history_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_history_tells_what_changed_from_what_to_what_and_by_whom(cast: Cast) -> None:
    with pghistory.context(user=str(cast.ada.pk)):
        Agency.objects.filter(pk=cast.agency_a.pk).update(duty_station="Vienna")
    change = history_of(Agency.objects.get(pk=cast.agency_a.pk), names={str(cast.ada.pk): "Ada"})[0]
    assert (change.kind, change.by) == ("changed", "Ada")
    assert change.what["duty_station"][1] == "Vienna"


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_history_cannot_be_rewritten(cast: Cast, operation: str) -> None:
    events = apps.get_model("agencies", "AgencyEvent").objects.filter(pgh_obj=cast.agency_a)
    assert events.exists()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        events.update(duty_station="Elsewhere") if operation == "update" else events.delete()
