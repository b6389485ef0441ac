"""A letter in several languages: each text cleared for itself, marked when it is stale, and read by the offices that speak it."""

import datetime as dt
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone

from core import jobs
from taskforce.letters import actions, dispatching, silence, translating
from taskforce.letters.documents import LetterText, personal, text_of
from taskforce.letters.forms.writing import LetterForms
from taskforce.letters.languages import Readiness, texts_of
from taskforce.letters.links import link_to
from taskforce.letters.models import Letter, Recipient
from taskforce.letters.wording import Wording, words_of
from taskforce.letters.workflow import ClearanceState
from tests.cast import signed_in
from tests.letters.scene import TODAY, WITH_ANNEX, Scene, asked, cleared, draft, office, released
from tests.letters.test_edit import edit
from tests.letters.test_merge import to
from tests.paper import pages_of
from tests.queries import queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogues")]

FRENCH = Wording(
    language="fr",
    subject="Drogues et criminalité",
    body="{{ salutation }},\n\nCeci s’adresse à **{{ office }}**.\n\n{{ invitations }}\n\nRéponse : {{ deadline }} {{ link }}",
    invitations=("Informer l’équipe régionale", "Se servir de l’évaluation"),
    signatories=(("Secrétaire général adjoint", "Département A"), ("Directrice exécutive", "Bureau B")),
    attachments=(("Messages clefs", "Un *message*."),),
    contacts=("Point de contact",),
)
ARABIC = replace(
    FRENCH, language="ar", subject="المخدرات والجريمة", body="{{ salutation }}،\n\nإلى {{ office }} قبل {{ deadline }}."
)


def keep(scene: Scene, letter: Letter, words: Wording = FRENCH, version: int = 0) -> Letter:
    """The text is saved by Sam, made from the main one as it stands."""
    letter.refresh_from_db()
    by, at = scene.sam, timezone.now()
    translating.keep(letter=letter, words=words, made_from=letter.version, version=version, by=by, at=at)
    return letter


def clear_all(scene: Scene, letter: Letter, language: str) -> None:
    """Both co-chairs clear the text in a language."""
    for person in (scene.alice, scene.dora):
        row = letter.clearances.current().get(agency__focal_points__person=person, language=language)
        actions.clear_letter(clearance=row, by=person, at=timezone.now())


def state(letter: Letter) -> str:
    [one] = texts_of(letter)
    return one.state


def spoken(scene: Scene, text: LetterText = WITH_ANNEX, *words: Wording) -> Letter:
    """A letter cleared by both co-chairs, in its main language and in these."""
    letter = draft(scene, text)
    for one in words or (FRENCH,):
        keep(scene, letter, one)
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    for language in ("", *(one.language for one in words or (FRENCH,))):
        clear_all(scene, letter, language)
    letter.refresh_from_db()
    return letter


def offices(**languages: str) -> None:
    """An office for each name, which speaks the language."""
    for name, language in languages.items():
        made = office(name, person=f"{name}head")
        made.language = language
        made.save()


def plan(letter: Letter) -> dispatching.Plan:
    return dispatching.plan_of(letter, TODAY, TODAY)


# ---------------------------------------------------------------- clearance and staleness


def test_the_co_chairs_clear_each_text_for_itself(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    assert state(letter) == Readiness.NOT_ASKED
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    assert sorted(letter.clearances.values_list("language", flat=True)) == ["", "", "fr", "fr"]
    clear_all(scene, letter, "fr")
    letter.refresh_from_db()
    assert (letter.is_cleared(), letter.status, state(letter)) == (False, "in_clearance", Readiness.READY)
    clear_all(scene, letter, "")
    letter.refresh_from_db()
    assert letter.is_cleared()


def test_a_text_that_comes_later_is_cleared_while_the_main_one_stays_cleared(scene: Scene) -> None:
    letter = keep(scene, cleared(scene, WITH_ANNEX))
    translating.ask(letter=letter, language="fr", clear_by=TODAY, by=scene.sam, on=TODAY)
    clear_all(scene, letter, "fr")
    assert (letter.is_cleared(), state(letter)) == (True, Readiness.READY)


def test_a_change_of_the_main_text_makes_the_others_stale_and_names_their_version(scene: Scene) -> None:
    offices(Dakar="fr")
    letter = spoken(scene)
    assert plan(letter).roll.addressees[0].language == "fr"
    changed = replace(text_of(letter), subject="Another matter")
    letter = actions.change_letter(letter=letter, version=letter.version, text=changed, by=scene.sam)
    assert state(letter) == Readiness.STALE
    assert not letter.clearances.current().exists()
    assert plan(letter).text.wordings == ()
    page = signed_in(scene.sam).get(reverse("letters:translation", args=[letter.pk, "fr"])).content.decode()
    assert "It was made from version 1 of the main text; the main text is now version 2" in page
    assert "A matter of drugs and crime" in page
    assert "not be asked" not in page


def test_a_change_that_leaves_the_words_alone_makes_nothing_stale(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    later = replace(text_of(letter), deadline="2026-12-20")
    letter = actions.change_letter(letter=letter, version=letter.version, text=later, by=scene.sam)
    assert state(letter) == Readiness.NOT_ASKED


def test_a_stale_text_is_not_put_before_the_co_chairs(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    changed = replace(text_of(letter), subject="Another matter")
    letter = actions.change_letter(letter=letter, version=letter.version, text=changed, by=scene.sam)
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    assert set(letter.clearances.values_list("language", flat=True)) == {""}
    assert "bring it up to date" in translating.why_not_ask(Letter.objects.get(pk=letter.pk), "fr")


def test_a_change_of_one_text_takes_back_its_clearances_and_the_request_to_send(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = spoken(scene)
    asked(scene, letter=letter)
    keep(scene, letter, replace(FRENCH, subject="Autre objet"), version=1)
    said = letter.clearances.filter(language="fr").values_list("state", flat=True)
    assert set(said) == {ClearanceState.WITHDRAWN}
    assert (letter.is_cleared(), letter.releases.open().exists()) == (True, False)


def test_a_text_that_is_cleared_after_the_dispatch_was_asked_for_takes_the_request_back(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = keep(scene, cleared(scene, WITH_ANNEX))
    translating.ask(letter=letter, language="fr", clear_by=TODAY, by=scene.sam, on=TODAY)
    asked(scene, letter=letter)
    clear_all(scene, letter, "fr")
    assert not letter.releases.open().exists()


def test_an_objection_to_one_text_keeps_only_that_one_back(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    row = letter.clearances.current().get(agency__focal_points__person=scene.alice, language="fr")
    actions.object_to_letter(clearance=row, comment="Non", by=scene.alice, at=timezone.now())
    clear_all(scene, letter, "")
    assert (letter.is_cleared(), state(letter), plan(letter).text.wordings) == (True, Readiness.OBJECTED, ())


def test_a_text_adopted_in_silence_and_with_a_reservation_goes_out(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY, in_silence=True)
    row = letter.clearances.current().get(agency__focal_points__person=scene.alice, language="fr")
    actions.clear_with_reservation(clearance=row, comment="Sauf un mot", by=scene.alice, at=timezone.now())
    assert state(letter) == Readiness.ASKED
    silence.adopt_due(timezone.now() + dt.timedelta(2))
    letter.refresh_from_db()
    assert (letter.is_cleared(), state(letter)) == (True, Readiness.READY)


def test_a_co_chair_reads_the_text_that_they_are_asked_to_clear(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = keep(scene, draft(scene, WITH_ANNEX))
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    row = letter.clearances.current().get(agency__focal_points__person=scene.alice, language="fr")
    client = signed_in(scene.alice)
    page = client.get(reverse("letters:clearance", args=[row.pk])).content.decode()
    assert "Drogues et criminalité" in page
    assert "Informer l’équipe régionale" in page
    client.post(reverse("letters:clearance", args=[row.pk]), {"decision": "clear"})
    row.refresh_from_db()
    assert row.state == ClearanceState.CLEARED


# ---------------------------------------------------------------- dispatch


def test_each_office_is_written_to_in_its_language_else_in_the_main_one(scene: Scene) -> None:
    offices(Dakar="fr", Lima="es", Accra="en")
    found = plan(spoken(scene)).roll
    assert {one.office: one.language for one in found.addressees} == {"Dakar": "fr", "Lima": "en", "Accra": "en"}
    assert [(code, [one.office for one in rows]) for code, rows in found.gaps_by_language] == [("es", ["Lima"])]
    assert {one.language for one in found.samples()} == {"en", "fr"}


def test_the_check_page_shows_the_language_gaps(scene: Scene) -> None:
    offices(Dakar="fr", Lima="es")
    page = signed_in(scene.sam).get(reverse("letters:dispatch", args=[spoken(scene).pk]), follow=True).content.decode()
    gaps = page.partition("Language gaps")[2].partition("Date of the letter")[0]
    assert "Lima" in gaps
    assert "Dakar" not in gaps


def test_the_fingerprint_holds_every_text_and_every_language(scene: Scene) -> None:
    offices(Dakar="fr")
    whole = plan(spoken(scene))
    other = replace(whole.text, wordings=(replace(FRENCH, subject="Autre objet"),))
    [one] = whole.roll.addressees
    prints = {
        whole.sha256,
        replace(whole, text=other).sha256,
        replace(whole, roll=replace(whole.roll, addressees=(replace(one, language="en"),))).sha256,
    }
    assert len(prints) == 3


@pytest.fixture
def sent(scene: Scene) -> dict[str, Recipient]:
    """A letter in English, French and Arabic, prepared for an office of each language, by the language."""
    offices(Accra="en", Dakar="fr", Cairo="ar")
    letter = spoken(scene, WITH_ANNEX, FRENCH, ARABIC)
    dispatch = released(asked(scene, letter=letter), scene.sam)
    job = dispatching.job_of(dispatch)
    assert job is not None
    jobs.run(job.pk)
    rows = dispatch.recipients.select_related("dispatch__letter", "file", "message")
    return {row.language: row for row in rows}


def test_letter_enclosure_and_e_mail_come_in_the_language_of_the_office(sent: dict[str, Recipient]) -> None:
    french = sent["fr"]
    with pikepdf.open(BytesIO(french.file.read())) as pdf:
        assert (str(pdf.Root.Lang), bool(pdf.Root.MarkInfo.Marked)) == ("fr", True)
    paper = pages_of(french.file.read())[0]
    for words in (
        "NATIONS UNIES UNITED NATIONS",
        "Référence",
        "21 novembre 2026",
        "15 décembre 2026 (heure de New York)",
    ):
        assert words in paper
    assert "Informer l’équipe régionale" in paper
    assert french.message is not None
    assert "Veuillez" not in french.message.subject
    assert "Une réponse est demandée" in french.message.text
    assert french.message.text.startswith("Madame la Coordonnatrice résidente")
    titles = {row.language: row.title for row in french.dispatch.enclosed.all()}
    assert titles == {"en": "Key messages", "fr": "Messages clefs", "ar": "Messages clefs"}
    assert "Réponse" not in pages_of(sent["en"].file.read())[0]


def test_an_arabic_letter_runs_from_right_to_left_and_says_its_language(sent: dict[str, Recipient]) -> None:
    with pikepdf.open(BytesIO(sent["ar"].file.read())) as pdf:
        assert str(pdf.Root.Lang) == "ar"
    letter = dispatching.personal_letter(sent["ar"])
    assert (letter.direction, letter.date) == ("rtl", "21 تشرين الثاني/نوفمبر 2026")


def test_the_answering_page_speaks_the_language_of_the_letter(client, sent: dict[str, Recipient]) -> None:
    page = client.get(link_to(sent["fr"]), HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert '<html lang="fr"' in page
    for words in (
        "Drogues et criminalité",
        "1. Informer l’équipe régionale",
        "Accuser réception",
        "15 décembre 2026",
        "Messages clefs",
    ):
        assert words in page
    refused = client.post(link_to(sent["fr"]), {})
    assert (refused.status_code, "Remplissez ce champ." in refused.content.decode()) == (422, True)
    assert 'dir="rtl"' in client.get(link_to(sent["ar"])).content.decode()
    assert "1. Brief the regional team" in client.get(link_to(sent["en"])).content.decode()


def test_standard_titles_and_salutations_are_said_in_the_language_of_the_letter(scene: Scene) -> None:
    text = replace(WITH_ANNEX, wordings=(FRENCH,))
    plain = {"coordinator": "", "title": "Resident Coordinator", "salutation": "Dear Resident Coordinator"}
    letter = personal(text, to(**plain, language="fr"), day=TODAY, link="https://example.org")
    assert "Madame la Coordonnatrice résidente" in letter.body
    assert letter.address[0] == "Coordonnatrice ou Coordonnateur résident"
    own = personal(text, to(salutation="Monsieur Diop", language="fr"), day=TODAY, link="https://example.org")
    assert "Monsieur Diop" in own.body


def test_countries_are_called_as_the_language_of_the_letter_calls_them(scene: Scene) -> None:
    words = replace(FRENCH, body="{{ office }} : {{ countries }}")
    text = replace(WITH_ANNEX, wordings=(words,))
    letter = personal(
        text, to(countries=("Fiji", "Germany", "Japan"), language="fr"), day=TODAY, link="https://example.org"
    )
    assert "<p>Fidji : Fidji, Allemagne et Japon</p>" in letter.body
    assert "Fidji" in letter.address


# ---------------------------------------------------------------- writing


def typed(letter: Letter, words: Wording = FRENCH, **more: object) -> dict[str, object]:
    """What the form sends."""
    data: dict[str, object] = {"made_from": letter.version, "version": 0, "subject": words.subject, "body": words.body}
    data |= {f"invitation-{number}": text for number, text in enumerate(words.invitations, start=1)}
    for number, (title, name) in enumerate(words.signatories, start=1):
        data |= {f"title-{number}": title, f"office-{number}": name}
    for number, (title, text) in enumerate(words.attachments, start=1):
        data |= {f"annex-{number}": title, f"annex_text-{number}": text}
    return data | {"role-1": words.contacts[0]} | more


def post(scene: Scene, letter: Letter, **more: object):
    address = reverse("letters:translate", args=[letter.pk, "fr"])
    return signed_in(scene.sam).post(address, typed(letter, **more))


def test_a_text_is_written_field_by_field_beside_the_main_one(scene: Scene) -> None:
    letter = draft(scene, WITH_ANNEX)
    page = signed_in(scene.sam).get(reverse("letters:translate", args=[letter.pk, "fr"])).content.decode()
    assert "Brief the regional team" in page
    assert post(scene, letter).status_code == 302
    [one] = texts_of(letter)
    assert (one.words, one.source, one.row.source_version) == (FRENCH, words_of(WITH_ANNEX), 1)


def test_what_is_left_empty_is_said_as_in_the_main_text(scene: Scene) -> None:
    short = replace(FRENCH, signatories=(("", ""), ("", "Bureau B")), contacts=("",))
    text = replace(WITH_ANNEX, wordings=(short,)).read_in("fr")
    assert [(row.title, row.office) for row in text.signatories] == [
        ("Under-Secretary-General", "Department A"),
        ("Executive Director", "Bureau B"),
    ]
    assert text.contacts == WITH_ANNEX.contacts


def test_an_unknown_merge_field_is_refused_at_the_field(scene: Scene) -> None:
    letter = draft(scene, WITH_ANNEX)
    page = post(scene, letter, body="Pour {{ bureau }}")
    assert (page.status_code, "body" in page.context["form"].errors) == (422, True)
    assert not letter.translations.exists()


def test_what_was_made_from_an_older_main_text_is_not_saved_unseen(scene: Scene) -> None:
    letter = draft(scene, WITH_ANNEX)
    before = typed(letter)
    actions.change_letter(letter=letter, version=1, text=replace(WITH_ANNEX, subject="Another matter"), by=scene.sam)
    page = signed_in(scene.sam).post(reverse("letters:translate", args=[letter.pk, "fr"]), before)
    assert (page.status_code, "Drogues et criminalité" in page.content.decode()) == (422, True)
    assert not letter.translations.exists()
    assert (page.context["made_from"], page.context["version"]) == (2, 0)


def test_two_who_write_the_same_text_see_each_others_words(scene: Scene) -> None:
    letter = draft(scene, WITH_ANNEX)
    post(scene, letter)
    page = post(scene, letter, subject="De quelqu’un d’autre")
    assert (page.status_code, "Drogues et criminalité" in page.context["theirs"]) == (422, True)
    assert post(scene, letter, subject="Le mien", version=page.context["version"]).status_code == 302


def test_the_preview_of_a_text_saves_nothing(scene: Scene) -> None:
    office("Fiji", person="Frank")
    letter = draft(scene, WITH_ANNEX)
    page = post(scene, letter, body="Pour {{ office }}", do="preview").content.decode()
    assert "<p>Pour Fidji</p>" in page
    assert not letter.translations.exists()


def test_the_history_says_what_changed_in_a_text(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    keep(scene, letter, replace(FRENCH, subject="Autre objet"), version=1)
    page = signed_in(scene.sam).get(reverse("letters:history", args=[letter.pk])).content.decode()
    assert "Autre objet · Point de contact" in page
    assert "&#x27;subject&#x27;" not in page


def test_a_text_is_removed_after_a_look(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    client, address = signed_in(scene.sam), reverse("letters:translation_remove", args=[letter.pk, "fr"])
    client.post(address, {})
    assert letter.translations.exists()
    client.post(address, {"step": "confirm"})
    assert not letter.translations.exists()


def test_the_main_language_cannot_become_that_of_another_text(scene: Scene) -> None:
    page = edit(scene, keep(scene, draft(scene)), language="fr")
    assert "language" in page.context["form"].errors


# ---------------------------------------------------------------- sight


def test_only_who_may_change_the_letter_writes_its_texts(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    actions.submit_letter(letter=letter, clear_by=TODAY, by=scene.sam, on=TODAY)
    pages = ("translate", "translation_clear", "translation_remove")
    for name in pages:
        address = reverse(f"letters:{name}", args=[letter.pk, "fr"])
        assert signed_in(scene.alice).get(address).status_code == 403
        assert signed_in(scene.cast.charlie).get(address).status_code == 404
    reading = reverse("letters:translation", args=[letter.pk, "fr"])
    assert signed_in(scene.alice).get(reading).status_code == 200
    assert signed_in(scene.cast.charlie).get(reading).status_code == 404


@pytest.mark.parametrize(("name", "language"), [("translate", "en"), ("translate", "de"), ("translation", "es")])
def test_there_is_no_page_of_a_language_that_is_none(scene: Scene, name: str, language: str) -> None:
    address = reverse(f"letters:{name}", args=[draft(scene).pk, language])
    assert signed_in(scene.sam).get(address).status_code == 404


def test_the_page_of_a_letter_takes_as_many_queries_for_many_languages(scene: Scene) -> None:
    letter = keep(scene, draft(scene, WITH_ANNEX))
    client, address = signed_in(scene.sam), reverse("letters:detail", args=[letter.pk])
    before = queries_of(client, address)
    for language in ("ar", "es", "ru"):
        keep(scene, letter, replace(FRENCH, language=language))
    assert queries_of(client, address) == before


@pytest.mark.parametrize(("language", "runs"), [("ar", "rtl"), ("fr", "ltr")])
def test_the_text_is_typed_the_way_its_language_runs(language: str, runs: str) -> None:
    forms = LetterForms(before=replace(WITH_ANNEX, language=language))
    page = f"{forms.form['body']}{forms.invitations[0]['text']}{forms.attachments[0]['title']}"
    assert page.count(f'lang="{language}"') == page.count(f'dir="{runs}"') == 3
