"""A new version of an attachment keeps the old one, with date and person; the letter uses one."""

from dataclasses import replace

import pytest
from django.urls import reverse

from core.uploads import Upload
from taskforce.letters import actions
from taskforce.letters.documents import Annex, text_of
from taskforce.letters.models import Letter
from tests.cast import signed_in
from tests.letters.scene import WITH_ANNEX, Scene, clear, draft, submitted

pytestmark = pytest.mark.django_db


def with_pdf(scene: Scene, letter: Letter, data: bytes) -> Letter:
    """The first attachment is this PDF from now on."""
    letter.refresh_from_db()
    text = replace(text_of(letter), attachments=(Annex("Key messages", text="…"),))
    upload = {0: Upload("messages.pdf", "application/pdf", data)}
    return actions.change_letter(letter=letter, version=letter.version, text=text, uploads=upload, by=scene.sam)


def test_every_version_stays_listed_with_who_replaced_it(scene: Scene) -> None:
    letter = draft(scene, WITH_ANNEX)
    with_pdf(scene, letter, b"%PDF-first")
    with_pdf(scene, letter, b"%PDF-second")
    former = letter.former_attachments.order_by("text_version")
    assert [(one.text, one.text_version, one.replaced_by) for one in former] == [
        ("One *message*.", 1, scene.sam),
        ("", 2, scene.sam),
    ]
    assert [row.file.size for row in letter.attachments.all()] == [len(b"%PDF-second")]
    client, url = signed_in(scene.sam), reverse("letters:former", args=[former.last().pk])
    assert b"".join(client.get(url).streaming_content) == b"%PDF-first"
    page = client.get(letter.get_absolute_url()).content.decode()
    assert ("Earlier versions of attachments" in page, url in page) == (True, True)


def test_a_change_elsewhere_makes_no_version(scene: Scene) -> None:
    letter = draft(scene, WITH_ANNEX)
    text = replace(text_of(letter), subject="Another", attachments=(Annex("New title", text="One *message*."),))
    actions.change_letter(letter=letter, version=1, text=text, by=scene.sam)
    assert not letter.former_attachments.exists()


def test_only_who_clears_or_keeps_the_letter_sees_what_was_taken_out(scene: Scene) -> None:
    letter = submitted(scene, WITH_ANNEX)
    clear(letter, scene.alice)
    letter = with_pdf(scene, letter, b"%PDF-first")
    Letter.objects.filter(pk=letter.pk).update(status="in_clearance")
    seen = letter.former_attachments
    assert [seen.visible_to(one).exists() for one in (scene.sam, scene.cast.charlie)] == [True, False]
