"""Writing a letter: errors stand at their field, the preview needs no script, two versions are never lost."""

import errno
import uuid

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.files import store
from core.models import StoredFile
from taskforce.letters.documents import text_of
from taskforce.letters.models import Letter
from taskforce.letters.workflow import Status
from tests.cast import signed_in
from tests.letters.scene import TEXT, Scene, draft, office

pytestmark = pytest.mark.django_db


def typed(**changes) -> dict[str, object]:
    """What the edit form sends for TEXT."""
    data: dict[str, object] = {
        "version": 1,
        "reference": TEXT.reference,
        "subject": TEXT.subject,
        "purpose": TEXT.purpose,
        "deadline_day": "15",
        "deadline_month": "12",
        "deadline_year": "2026",
        "deadline_zone": TEXT.deadline_zone,
        "sensitivity": 0,
        "tlp": TEXT.tlp,
        "language": TEXT.language,
        "body": TEXT.body,
    }
    for prefix, rows in {
        "invitations": [{"text": text} for text in TEXT.invitations],
        "signatories": [vars(row) for row in TEXT.signatories],
        "contacts": [vars(row) for row in TEXT.contacts],
        "attachments": [],
    }.items():
        data |= {f"{prefix}-TOTAL_FORMS": max(len(rows), 1), f"{prefix}-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows):
            data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
            data[f"{prefix}-{number}-ORDER"] = number + 1
    return data | changes


def edit(scene: Scene, letter: Letter, **changes):
    return signed_in(scene.sam).post(reverse("letters:edit", args=[letter.pk]), typed(**changes))


def fresh(letter: Letter) -> Letter:
    return Letter.objects.get(pk=letter.pk)


def test_saving_what_was_there_changes_nothing(scene: Scene) -> None:
    letter = draft(scene)
    assert edit(scene, letter).status_code == 302
    assert fresh(letter).version == 1
    assert text_of(fresh(letter)) == TEXT


def test_an_unknown_merge_field_is_an_error_at_the_field(scene: Scene) -> None:
    page = edit(scene, draft(scene), body="Dear {{ name }}")
    assert page.status_code == 422
    assert "“{{ name }}” is not a merge field." in page.context["form"].errors["body"][0]
    assert "Dear {{ name }}" in page.content.decode()


def test_a_letter_for_action_needs_a_deadline(scene: Scene) -> None:
    page = edit(scene, draft(scene), deadline_day="", deadline_month="", deadline_year="")
    assert "deadline" in page.context["form"].errors


def test_rows_follow_their_numbers_and_empty_ones_are_left_out(scene: Scene) -> None:
    letter = draft(scene)
    edit(scene, letter, **{"invitations-0-ORDER": 9, "signatories-1-title": "", "signatories-1-office": ""})
    assert text_of(fresh(letter)).invitations == ("Use the assessment", "Brief the regional team")
    assert len(text_of(fresh(letter)).signatories) == 1


def test_the_preview_shows_what_is_typed_and_saves_nothing(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = draft(scene)
    page = edit(scene, letter, body="Hello {{ office }}", do="preview")
    assert "<p>Hello Fiji</p>" in page.content.decode()
    assert fresh(letter).version == 1


LIVE = {"HX-Request": "true"}


def live(scene: Scene, address: str, **changes) -> str:
    """What the page gets while somebody types."""
    page = signed_in(scene.sam).post(address, typed(do="preview", **changes), headers=LIVE)
    assert page.status_code == 200
    return page.content.decode()


def test_the_live_preview_marks_and_names_what_is_no_merge_field(scene: Scene) -> None:
    office("Fiji", person="Frank")
    part = live(scene, reverse("letters:edit", args=[draft(scene).pk]), body="To **{{ offise }}** in {{ office }}")
    preview, _id, errors = part.partition('id="text-errors"')
    assert "<html" not in part
    assert '<a href="#text-errors" rel="noopener noreferrer">{{ offise }}</a></strong> in Fiji' in preview
    assert "“{{ offise }}” is not a merge field." in errors


@pytest.mark.parametrize(
    "body", ["{{ <b>x</b> }}", "{{ [a](http://x.org) }}", "{{ open", '[x](http://a.org "{{ y }}")']
)
def test_whatever_is_typed_the_preview_stays_text(scene: Scene, body: str) -> None:
    office("Fiji", person="Frank")
    part = live(scene, reverse("letters:new"), mechanism=scene.cast.task_force.pk, body=body)
    assert "<b>" not in part
    assert 'href="http://x.org"' not in part
    assert '<p class="govuk-error-message">' in part


def test_the_live_preview_follows_parts_deadline_and_office_and_saves_nothing(scene: Scene) -> None:
    office("Fiji", person="Frank")
    ghana = office("Ghana", person="Gina")
    letter = draft(scene)
    changes = {"invitations-0-text": "Another thing", "deadline_day": "20", "preview_for": str(ghana.pk)}
    part = live(scene, reverse("letters:edit", args=[letter.pk]), **changes)
    for words in ("As Ghana reads it", "Another thing", "20 December 2026", "Under-Secretary-General"):
        assert words in part
    assert text_of(fresh(letter)) == TEXT


def test_only_who_may_change_the_letter_previews_it(scene: Scene) -> None:
    address = reverse("letters:edit", args=[draft(scene).pk])
    assert signed_in(scene.cast.charlie).post(address, typed(do="preview"), headers=LIVE).status_code == 404
    assert signed_in(scene.cast.charlie).post(reverse("letters:new"), typed(), headers=LIVE).status_code == 403


def test_a_conflict_shows_both_versions_and_saves_neither(scene: Scene) -> None:
    letter = draft(scene)
    edit(scene, letter, subject="By Sam")
    page = edit(scene, letter, subject="By Lea")
    assert page.status_code == 409
    assert "By Sam" in page.content.decode()
    assert "By Lea" in page.content.decode()
    assert fresh(letter).subject == "By Sam"


def test_after_a_conflict_the_own_version_can_be_saved_over_the_other(scene: Scene) -> None:
    letter = draft(scene)
    edit(scene, letter, subject="By Sam")
    page = edit(scene, letter, subject="By Lea")
    again = dict(page.context["typed"]) | {"version": page.context["letter"].version, "do": "save"}
    signed_in(scene.cast.lea).post(reverse("letters:edit", args=[letter.pk]), again)
    assert fresh(letter).subject == "By Lea"


def test_a_pdf_is_kept_with_the_letter(scene: Scene) -> None:
    letter = draft(scene)
    upload = SimpleUploadedFile("terms.pdf", b"%PDF-1.7 terms", "application/pdf")
    edit(scene, letter, **{"attachments-0-title": "Terms", "attachments-0-upload": upload})
    attachment = fresh(letter).attachments.get()
    page = signed_in(scene.sam).get(reverse("letters:attachment", args=[attachment.pk]))
    assert b"".join(page.streaming_content) == b"%PDF-1.7 terms"


def test_a_file_that_is_no_pdf_is_refused(scene: Scene) -> None:
    upload = SimpleUploadedFile("terms.pdf", b"MZ program", "application/pdf")
    page = edit(scene, draft(scene), **{"attachments-0-title": "Terms", "attachments-0-upload": upload})
    assert page.status_code == 422
    assert "This is not a PDF." in page.content.decode()


def test_a_file_of_somebody_else_cannot_be_named(scene: Scene) -> None:
    foreign = store(name="secret.pdf", content_type="application/pdf", data=b"%PDF-1.7 secret")
    letter = draft(scene)
    edit(scene, letter, **{"attachments-0-title": "Mine", "attachments-0-file_id": str(foreign.pk)})
    assert not fresh(letter).attachments.exclude(file=None).exists()


def test_a_file_that_was_replaced_meanwhile_does_not_become_an_empty_attachment(scene: Scene) -> None:
    letter = draft(scene)
    page = edit(scene, letter, **{"attachments-0-title": "Terms", "attachments-0-file_id": str(uuid.uuid4())})
    assert (page.status_code, text_of(fresh(letter)).attachments) == (422, ())
    assert "Give either a text or a PDF." in page.content.decode()


def test_a_file_with_a_long_name_is_kept(scene: Scene) -> None:
    letter, name = draft(scene), f"{'terms ' * 40}.pdf"
    upload = SimpleUploadedFile(name, b"%PDF-1.7 terms", "application/pdf")
    edit(scene, letter, **{"attachments-0-title": "Terms", "attachments-0-upload": upload})
    assert fresh(letter).attachments.get().file.name == name[-200:]


@pytest.mark.parametrize("reference", ["T\r\nX: y", 'T"; filename="b.exe', "\u202eT", "<b>"])
def test_a_reference_is_fit_for_a_file_name_and_a_subject(scene: Scene, reference: str) -> None:
    page = edit(scene, letter := draft(scene), reference=reference)
    assert list(page.context["form"].errors) == ["reference"]
    assert fresh(letter).reference == TEXT.reference


def test_a_note_of_a_move_with_signs_that_no_database_takes(scene: Scene) -> None:
    letter = draft(scene)
    move = {"move": "withdraw", "note": "Not\0 needed"}
    assert signed_in(scene.sam).post(reverse("letters:move", args=[letter.pk]), move).status_code == 302
    assert fresh(letter).status == Status.WITHDRAWN


def test_a_new_letter_is_a_draft_of_its_mechanism(scene: Scene) -> None:
    client = signed_in(scene.sam)
    client.post(reverse("letters:new"), typed(mechanism=scene.cast.task_force.pk))
    letter = Letter.objects.get()
    assert (letter.status, letter.mechanism, letter.created_by) == ("draft", scene.cast.task_force, scene.sam)


def test_a_restricted_letter_is_hidden_from_those_without_its_level(scene: Scene) -> None:
    letter = draft(scene)
    edit(scene, letter, sensitivity=2, lose_sight="on")
    url = reverse("letters:detail", args=[letter.pk])
    assert signed_in(scene.cast.lea).get(url).status_code == 200
    assert signed_in(scene.sam).get(url).status_code == 404


PDF = {"attachments-0-title": "Terms", "attachments-0-text": ""}


def pdf() -> dict[str, object]:
    """A new PDF in the first row of attachments."""
    return PDF | {"attachments-0-upload": SimpleUploadedFile("terms.pdf", b"%PDF-1.7 terms")}


def test_a_file_of_a_save_that_met_a_conflict_is_not_kept(scene: Scene) -> None:
    letter = draft(scene)
    edit(scene, letter, subject="First")
    assert edit(scene, letter, **pdf()).status_code == 409
    assert not StoredFile.objects.exists()


@pytest.fixture
def _full_disk(monkeypatch) -> None:
    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)


@pytest.mark.usefixtures("_full_disk")
def test_a_full_disk_changes_nothing_and_says_so(scene: Scene) -> None:
    letter = draft(scene)
    page = edit(scene, letter, subject="Another", **pdf())
    assert (page.status_code, "disk of the portal is full" in page.content.decode()) == (422, True)
    assert text_of(fresh(letter)) == TEXT


@pytest.mark.usefixtures("_full_disk")
def test_a_full_disk_makes_no_half_letter(scene: Scene) -> None:
    data = typed(mechanism=scene.cast.task_force.pk, **pdf())
    page = signed_in(scene.sam).post(reverse("letters:new"), data)
    assert (page.status_code, Letter.objects.count()) == (422, 0)
