"""The marking of a letter: lowered by two, and nobody hides a letter from themselves unawares."""

from dataclasses import replace

import pytest
from django.urls import reverse

from core.sensitivity import Sensitivity
from core.workflow import IllegalMove
from taskforce.letters.actions import change_letter
from taskforce.letters.models import Letter
from taskforce.letters.workflow import Status
from taskforce.markings import actions
from taskforce.markings.kinds import KINDS
from tests.cast import signed_in
from tests.letters.scene import TEXT, Scene, cleared, dispatched, draft, office
from tests.letters.test_edit import edit

pytestmark = pytest.mark.django_db
HIDDEN = replace(TEXT, sensitivity=Sensitivity.CONFIDENTIAL)
LETTER = KINDS["letter"]


def test_one_person_cannot_lower_it_in_the_form_nor_past_it(scene: Scene) -> None:
    letter = draft(scene, HIDDEN)
    page = edit(scene, letter, sensitivity="0")
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"sensitivity"})
    with pytest.raises(IllegalMove, match="second person"):
        change_letter(letter=letter, version=1, text=TEXT, by=scene.sam)
    assert Letter.objects.get().sensitivity == Sensitivity.CONFIDENTIAL


def test_lowered_by_two_it_is_cleared_anew(scene: Scene) -> None:
    letter = cleared(scene, HIDDEN)
    asked = actions.ask(kind=LETTER, subject=letter, to=0, reason="It is public.", by=scene.sam)
    url = reverse("markings:ask", args=["letter", letter.pk])
    assert f'href="{url}"' in signed_in(scene.lea).get(letter.get_absolute_url()).text
    actions.lower(asked=asked, answer="", by=scene.lea)
    letter = Letter.objects.get()
    assert (letter.sensitivity, letter.status, letter.version) == (0, Status.DRAFT, 2)


def test_what_has_gone_out_keeps_its_marking(scene: Scene) -> None:
    office("Kenya")
    letter = dispatched(scene, replace(HIDDEN, body="Hello.")).letter
    asked = actions.ask(kind=LETTER, subject=letter, to=0, reason="It is public.", by=scene.sam)
    with pytest.raises(IllegalMove, match="no longer be changed"):
        actions.lower(asked=asked, answer="", by=scene.lea)
    assert Letter.objects.get().sensitivity == Sensitivity.CONFIDENTIAL


def test_whoever_hides_a_letter_from_themselves_says_that_they_know(scene: Scene) -> None:
    letter = draft(scene)
    page = edit(scene, letter, sensitivity="2")
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"lose_sight"})
    assert 'name="lose_sight"' in page.text
    assert Letter.objects.get().sensitivity == 0
    page = edit(scene, letter, sensitivity="2", lose_sight="on")
    assert (page.status_code, page.url) == (302, reverse("letters:list"))
    assert not Letter.objects.get().seen_by(scene.sam)


def test_whoever_goes_on_seeing_it_is_asked_nothing(scene: Scene) -> None:
    letter = draft(scene)
    assert edit(scene, letter, sensitivity="1").url == letter.get_absolute_url()
    assert 'name="lose_sight"' not in signed_in(scene.sam).get(reverse("letters:edit", args=[letter.pk])).text
