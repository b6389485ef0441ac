"""Requests for sight: asked blindly, decided by whoever may, learned by the outcome."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.access import VIEW
from assessments.models import Assessment, AssessmentGroupObjectPermission
from core.access import grant as grant_sight
from core.dates import today
from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.letters.models import Letter
from taskforce.sight.actions import ask, decline, grant
from taskforce.sight.models import SightRequest
from tests.assessments.factories import AssessmentFactory
from tests.cast import signed_in
from tests.queries import queries_of

LIST, ASK = reverse("sight:list"), reverse("sight:ask")


@pytest.fixture
def secret(cast) -> Assessment:
    return AssessmentFactory(
        lead=cast.agency_a, title="Hidden harbours", sensitivity=Sensitivity.CONFIDENTIAL, mechanism=cast.task_force
    )


def asked(cast, reference: str) -> SightRequest:
    """What Charlie of agency B asks for."""
    return ask(agency=cast.agency_b, reference=reference, reason="We plan a mission.", by=cast.charlie)


def form(cast, reference: str) -> dict[str, object]:
    return {"reference": reference, "reason": "We plan a mission.", "agency": cast.agency_b.pk}


@pytest.mark.parametrize("names", ["title", "address"])
def test_what_is_hidden_and_what_does_not_exist_are_answered_alike(cast, secret, names):
    there = secret.title if names == "title" else f"https://portal.example.org{secret.get_absolute_url()}"
    answers = [signed_in(cast.charlie).post(ASK, form(cast, name), follow=True) for name in (there, "Nothing of ours")]
    assert [answer.redirect_chain for answer in answers] == [[(LIST, 302)]] * 2
    pages = [
        signed_in(cast.charlie).get(request.get_absolute_url()).content.decode().replace(request.reference, "…")
        for request in SightRequest.objects.all()
    ]
    assert "It waits for an answer." in pages[0]
    assert "Hidden harbours" not in pages[0]
    assert SightRequest.objects.filter(subject_id=secret.pk).count() == 1


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_hidden_thing_of_the_same_name_does_not_change_the_answer(cast, secret, order):
    """Whoever names a thing of their own like what they guess learns nothing."""
    number = 0 if order == "before" else 2**128 - 1
    AssessmentFactory(pk=uuid.UUID(int=number), title="hidden harbours", sensitivity=Sensitivity.UNCLASSIFIED)
    with pytest.raises(ValidationError, match="You can see it already"):
        asked(cast, "Hidden harbours")
    assert not SightRequest.objects.exists()


def test_a_request_is_decided_by_those_who_give_sight_of_it_and_not_by_the_asker(cast, secret):
    request = asked(cast, "hidden  HARBOURS")
    for person in (cast.alice, cast.sam):
        assert list(SightRequest.objects.to_decide(person)) == [request]
    for person in (cast.charlie, cast.bob, cast.ada, cast.nobody):
        assert not SightRequest.objects.to_decide(person).exists()


def test_what_does_not_exist_is_declined_by_the_secretariat_lead(cast):
    request = asked(cast, "Nothing of ours")
    assert not SightRequest.objects.to_decide(cast.sam).exists()
    with pytest.raises(IllegalMove, match="can only be declined"):
        grant(request=request, until=None, answer="", by=cast.lea)
    assert decline(request=request, answer="We cannot help you with this.", by=cast.lea).outcome == "declined"


def test_a_granted_request_lets_the_agency_see_it(cast, secret):
    grant(request=asked(cast, secret.title), until=None, answer="", by=cast.alice)
    assert list(Assessment.objects.visible_to(cast.charlie)) == [secret]
    page = signed_in(cast.charlie).get(SightRequest.objects.get().get_absolute_url()).content.decode()
    assert secret.get_absolute_url() in page
    assert cast.alice.name not in page


def test_sight_ends_with_its_last_day(cast, secret):
    grant(request=asked(cast, secret.title), until=today(), answer="", by=cast.alice)
    assert Assessment.objects.visible_to(cast.charlie).exists()
    AssessmentGroupObjectPermission.objects.update(until=today() - dt.timedelta(days=1))
    assert not Assessment.objects.visible_to(cast.charlie).exists()
    assert not secret.named_agencies().exists()


def test_the_asker_reads_why_it_was_declined(cast, secret):
    request = asked(cast, secret.title)
    with pytest.raises(ValidationError):
        decline(request=request, answer=" ", by=cast.sam)
    decline(request=request, answer="Ask again after the review.", by=cast.sam)
    page = signed_in(cast.charlie).get(request.get_absolute_url()).content.decode()
    assert "Ask again after the review." in page
    assert not Assessment.objects.visible_to(cast.charlie).exists()


def test_nobody_decides_for_an_agency_of_their_own(cast, secret):
    grant_sight(cast.agency_b.group, VIEW, secret)
    other = AssessmentFactory(lead=cast.agency_b, sensitivity=Sensitivity.CONFIDENTIAL, mechanism=cast.task_force)
    request = ask(agency=cast.agency_a, reference=other.title, reason="Work.", by=cast.alice)
    SightRequest.objects.update(agency=cast.agency_b)
    with pytest.raises(PermissionDenied):
        grant(request=request, until=None, answer="", by=cast.charlie)


def test_a_decided_request_is_not_decided_again(cast, secret):
    request = asked(cast, secret.title)
    decline(request=request, answer="No.", by=cast.sam)
    with pytest.raises(IllegalMove, match="faster"):
        grant(request=request, until=None, answer="", by=cast.alice)


def test_who_sees_it_anyway_is_told_so_at_the_field(cast, secret):
    form_of_alice = form(cast, secret.title) | {"agency": cast.agency_a.pk}
    answer = signed_in(cast.alice).post(ASK, form_of_alice)
    assert answer.status_code == 422
    assert "You can see it already" in answer.content.decode()


def test_an_agency_asks_once_at_a_time(cast, secret):
    asked(cast, secret.title)
    assert signed_in(cast.charlie).post(ASK, form(cast, secret.title)).status_code == 422


def test_only_a_seat_asks_and_only_for_its_agency(cast, secret):
    assert signed_in(cast.ada).get(ASK).status_code == 403
    assert signed_in(cast.charlie).post(ASK, form(cast, "X") | {"agency": cast.agency_a.pk}).status_code == 422
    with pytest.raises(PermissionDenied):
        ask(agency=cast.agency_a, reference="X", reason="Y", by=cast.charlie)


def test_a_request_of_others_does_not_exist(cast, secret):
    url = asked(cast, secret.title).get_absolute_url()
    assert signed_in(cast.nobody).get(url).status_code == 404
    assert signed_in(cast.charlie).post(url, {"decision": "grant"}).status_code == 403


def test_a_letter_is_opened_to_an_agency_by_request(cast):
    letter = Letter.objects.create(
        mechanism=cast.task_force, reference="TF/7", subject="Ports", sensitivity=Sensitivity.CONFIDENTIAL
    )
    request = asked(cast, "tf/7")
    url = request.get_absolute_url()
    assert signed_in(cast.sam).post(url, {"decision": "grant", "answer": ""}).status_code == 302
    assert list(Letter.objects.visible_to(cast.charlie)) == [letter]


def test_the_page_that_does_not_exist_leads_to_the_form(cast, secret):
    answer = signed_in(cast.charlie).get(secret.get_absolute_url())
    assert answer.status_code == 404
    assert f"{ASK}?reference=" in answer.content.decode()


def test_the_list_takes_as_many_queries_for_ten_requests_as_for_one(cast, secret):
    asked(cast, "One")
    few = queries_of(signed_in(cast.charlie), LIST)
    for number in range(10):
        asked(cast, f"Another {number}")
    assert queries_of(signed_in(cast.charlie), LIST) == few


def test_an_agency_asks_once_at_a_time_even_in_the_same_moment(cast, secret):
    request = asked(cast, "Hidden  Harbours")
    answer = signed_in(cast.charlie).post(ASK, form(cast, "hidden harbours"))
    assert (answer.status_code, SightRequest.objects.count()) == (422, 1)
    assert "asked for this already" in answer.context["form"].errors["reference"][0]
    with pytest.raises(IntegrityError), transaction.atomic():
        SightRequest.objects.bulk_create(
            [SightRequest(agency=cast.agency_b, asked_by=cast.charlie, reference="HIDDEN HARBOURS")]
        )
    decline(request=request, answer="No.", by=cast.sam)
    assert asked(cast, "hidden harbours").pk != request.pk
