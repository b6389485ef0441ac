"""A pack is chosen, checked and started; a choice that makes no sense says what to do."""

import pytest

from core.models import Job
from core.sensitivity import Sensitivity
from taskforce.briefings.models import Pack
from tests.briefings.scene import assessed
from tests.cast import Cast, signed_in


def choice(cast: Cast, **changes) -> dict:
    """What a form for one section brings."""
    given = {
        "title": "Briefing of the Principals",
        "mechanism": cast.task_force.pk,
        "as_of_day": "30",
        "as_of_month": "6",
        "as_of_year": "2012",
        "audience": "members",
        "language": "en",
        "place_at_a_glance": "1",
        "step": "check",
    }
    return given | changes


def test_the_form_offers_every_section_in_its_usual_order(cast: Cast) -> None:
    page = signed_in(cast.alice).get("/packs/new/").content.decode()
    labels = [
        "The mechanism at a glance",
        "Schedule of assessments",
        "Heat map of an assessment",
        "A letter and its answers",
    ]
    places = [page.index(label) for label in labels]
    assert places == sorted(places)


def test_what_was_chosen_is_shown_before_anything_is_made(cast: Cast) -> None:
    assessment = assessed(cast, title="Timber in the region")
    given = choice(cast, place_heat_map="2", subject_heat_map=assessment.pk)
    page = signed_in(cast.alice).post("/packs/new/", given).content.decode()
    assert "30 June 2012" in page
    assert page.index("The mechanism at a glance") < page.index("Timber in the region")
    assert not Pack.objects.exists()


def test_making_it_keeps_the_sections_in_their_order_and_starts_the_work(cast: Cast) -> None:
    given = choice(cast, place_at_a_glance="2", place_schedule="1", step="make")
    answer = signed_in(cast.alice).post("/packs/new/", given)
    pack = Pack.objects.get()
    assert [each.section for each in pack.choices.all()] == ["schedule", "at_a_glance"]
    assert answer.url == f"/jobs/{Job.objects.get(subject_id=pack.pk).pk}/"


def test_changing_the_choice_keeps_what_was_typed(cast: Cast) -> None:
    page = signed_in(cast.alice).post("/packs/new/", choice(cast, step="change")).content.decode()
    assert 'value="Briefing of the Principals"' in page
    assert not Pack.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place_at_a_glance": ""}, "Choose at least one section"),
        ({"place_schedule": "1"}, "Another section has this place"),
        ({"place_heat_map": "2"}, "Choose what this section is about"),
        ({"audience": "secretariat"}, "Select a valid choice"),
        ({"as_of_month": "13"}, "no such date"),
    ],
)
def test_a_choice_that_makes_no_sense_says_what_to_do(cast: Cast, changes: dict, words: str) -> None:
    answer = signed_in(cast.alice).post("/packs/new/", choice(cast, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_secretariat_may_make_packs_for_itself(cast: Cast) -> None:
    signed_in(cast.sam).post("/packs/new/", choice(cast, audience="secretariat", step="make"))
    assert Pack.objects.get().audience == "secretariat"


def test_a_classified_assessment_is_offered_to_those_who_may_see_it_only(cast: Cast) -> None:
    assessed(cast, title="Quiet matter", sensitivity=1)
    assert "Quiet matter" in signed_in(cast.sam).get("/packs/new/").content.decode()
    assert "Quiet matter" not in signed_in(cast.charlie).get("/packs/new/").content.decode()


def test_who_may_not_make_packs_is_told_so(cast: Cast) -> None:
    assert signed_in(cast.nobody).get("/packs/new/").status_code == 403


def test_what_the_audience_may_not_see_is_refused_where_it_is_chosen(cast: Cast) -> None:
    hidden = assessed(cast, title="Restricted study", sensitivity=Sensitivity.CONFIDENTIAL)
    sam, given = signed_in(cast.sam), choice(cast, place_heat_map="2", subject_heat_map=hidden.pk)
    refused = sam.post("/packs/new/", given)
    assert refused.status_code == 422
    assert "The audience of the pack may not see this" in refused.content.decode()
    assert sam.post("/packs/new/", given | {"audience": "secretariat"}).status_code == 200


def test_the_form_proposes_only_what_every_member_may_see(cast: Cast) -> None:
    hidden = assessed(cast, title="A restricted study", sensitivity=Sensitivity.CONFIDENTIAL)
    page = signed_in(cast.sam).get("/packs/new/").content.decode()
    assert f'value="{hidden.pk}"' in page
    assert f'value="{hidden.pk}" selected' not in page
