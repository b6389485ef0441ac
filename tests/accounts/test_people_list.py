"""The list of people: an administrator finds whom they look for, and takes the list along."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from tests.accounts.signing_in import member, set_up_app, sign_in
from tests.cast import Cast, signed_in
from tests.factories import FocalPointFactory, RoleAssignmentFactory, UserFactory
from tests.queries import queries_of


def _found(cast: Cast, query: str) -> set[str]:
    page = signed_in(cast.ada).get(f"/people/?{query}")
    assert page.status_code == 200
    return {person.name for person in page.context["listing"].page.object_list}


def test_by_the_agency_of_a_seat_of_today(cast: Cast):
    FocalPointFactory(person=UserFactory(name="Former"), agency=cast.agency_a, last=dt.date(2020, 1, 1))

    assert _found(cast, f"agency={cast.agency_a.pk}") == {"Alice", "Bob"}


def test_by_role_of_the_house_and_by_capacity(cast: Cast):
    assert _found(cast, "role=secretariat") == {"Sam"}
    assert _found(cast, "role=alternate") == {"Bob"}
    assert _found(cast, "role=focal_point") == {"Alice", "Charlie"}


@pytest.mark.parametrize(
    ("last", "days"), [("lately", dt.timedelta(days=3)), ("long_ago", dt.timedelta(days=200)), ("never", None)]
)
def test_by_the_last_sign_in(cast: Cast, last: str, days: dt.timedelta | None):
    at = timezone.now() - days if days else None
    User.objects.update(last_login=timezone.now() - dt.timedelta(days=60))
    User.objects.filter(pk=cast.alice.pk).update(last_login=at)

    assert _found(cast, f"last={last}") - {"Ada"} == {"Alice"}  # Ada is here now


def test_by_a_missing_second_factor(cast: Cast, client):
    member(UserFactory(name="Without", email="without@example.org"))
    safe = member(UserFactory(name="With", email="with@example.org"))
    sign_in(client, safe)
    set_up_app(client)

    assert _found(cast, "access=no_factor") == {"Without"}


def test_the_export_has_the_filter_and_the_address_and_no_live_formula(cast: Cast):
    User.objects.filter(pk=cast.alice.pk).update(name="=HYPERLINK(1)")

    text = signed_in(cast.ada).get(f"/people/?agency={cast.agency_a.pk}&format=csv").content.decode("utf-8-sig")

    assert "'=HYPERLINK(1)" in text
    assert "alice@example.org" in text
    assert "charlie@example.org" not in text


def test_filtered_and_exported_it_needs_as_many_queries_for_sixty_as_for_ten(cast: Cast):
    browser, counts = signed_in(cast.ada), []
    RoleAssignmentFactory(user=FocalPointFactory(agency=cast.agency_a).person)
    for _round in range(2):
        queries = (f"?agency={cast.agency_a.pk}&role=focal_point&last=never", "?format=csv")
        counts.append([queries_of(browser, f"/people/{query}") for query in queries])
        for _person in range(30):
            RoleAssignmentFactory(user=FocalPointFactory(agency=cast.agency_a).person)

    assert counts[0] == counts[1]
