"""The sample letters: one to work on, one that went out, and figures to show."""

from django.test import TestCase
from django.utils import timezone

import agencies.sample
from agencies.models import Obligation, ObligationKind
from core import outbox
from core.models import MessageState
from taskforce.letters import reviewing, sample, sample_review
from taskforce.letters.documents import figures
from taskforce.letters.languages import Readiness, texts_of
from taskforce.letters.models import Clearance, ContactKind, Letter, Recipient, Relation, Silence
from taskforce.letters.reissuing import overtaken
from taskforce.letters.workflow import Status


class SampleTest(TestCase):
    """What the sample says, loaded once for all."""

    @classmethod
    def setUpTestData(cls):
        agencies.sample.load()
        sample.load()

    def test_the_letter_of_2011_is_a_draft_ready_to_be_cleared(self) -> None:
        letter = Letter.objects.get(reference="TF/2011/1")
        assert (letter.status, letter.missing()) == (Status.DRAFT, [])
        assert [agency.acronym for agency in letter.co_chairs(timezone.localdate())] == ["DPPA", "UNODC"]
        assert (letter.invitations.count(), letter.attachments.count(), letter.signatories.count()) == (5, 2, 3)

    def test_the_letters_are_in_several_languages(self) -> None:
        [draft] = texts_of(Letter.objects.get(reference="TF/2011/1"))
        assert (draft.row.language, draft.state) == ("fr", Readiness.NOT_ASKED)
        sent = Letter.objects.get(status=Status.DISPATCHED)
        assert {one.state for one in texts_of(sent)} == {Readiness.READY}
        assert {"en", "fr"} <= set(sent.dispatches.get(number=1).recipients.values_list("language", flat=True))

    def test_both_dates_of_the_letter_are_kept_with_their_sources(self) -> None:
        notes = Letter.objects.get(reference="TF/2011/1").notes.all()
        assert [note.statement[:16] for note in notes] == ["7 September 2011", "24 November 2012"]
        assert all(note.source for note in notes)

    def test_the_small_letter_is_partly_answered(self) -> None:
        facts = figures(Letter.objects.get(status=Status.DISPATCHED))
        assert 0 < facts.acknowledged < facts.offices_reached < facts.offices
        assert sum(number for _state, _label, number in facts.states) == facts.offices
        assert sum(region.offices for region in facts.regions) == facts.offices
        for row in facts.invitations:
            assert sum(number for _choice, _label, number in row.counts) == facts.offices

    def test_loading_again_adds_nothing_and_sends_nothing(self) -> None:
        before = Letter.objects.count()
        sample.load()
        assert Letter.objects.count() == before
        assert outbox.deliver() == 0

    def test_an_address_was_corrected_and_another_one_still_is_wrong(self) -> None:
        sent = Letter.objects.get(status=Status.DISPATCHED)
        again = sent.dispatches.get(number=2).recipients.get()
        before = sent.dispatches.get(number=1).recipients.get(office=again.office_id)
        assert (before.message.state, again.message.state) == (MessageState.BOUNCED, MessageState.HANDED_OVER)
        assert again.email != before.email
        lost = Recipient.objects.filter(dispatch__letter=sent).latest().filter(message__state=MessageState.BOUNCED)
        assert lost.count() == 1
        owed = Obligation.objects.open().filter(kind=ObligationKind.ANSWER, subject_id__in=[before.pk, again.pk])
        assert [row.subject_id for row in owed] == [again.pk]

    def test_a_letter_in_review_was_changed_as_a_co_chair_asked(self) -> None:
        letter = Letter.objects.get(status=Status.IN_REVIEW)
        review = reviewing.review_of(letter)
        [naming] = review.paragraphs[sample_review.NAMING - 1].threads
        assert (letter.version, naming.changed, naming.comment.resolved_at is None) == (2, True, False)
        assert [reply.author.email for reply in naming.replies] == ["secretariat@example.org"]
        assert [thread.changed for thread in review.paragraphs[sample_review.BRIEFING - 1].threads] == [False]
        assert len(review.whole.threads) == 1
        assert {contact.kind for contact in letter.contacts.all()} == {ContactKind.HEADQUARTERS, ContactKind.FIELD}

    def test_a_silence_was_broken_and_runs_anew_beside_a_reservation(self) -> None:
        letter = Letter.objects.get(status=Status.IN_CLEARANCE)
        assert [one.state for one in letter.silences.all()] == [Silence.State.RUNNING, Silence.State.BROKEN]
        broken = letter.clearances.get(was=Clearance.State.OBJECTED)
        assert (broken.state, broken.comment != "") == (Clearance.State.WITHDRAWN, True)
        assert letter.clearances.current().filter(state=Clearance.State.RESERVED).count() == 1
        assert not letter.is_cleared()

    def test_one_office_has_somebody_new_who_has_not_had_the_letter(self) -> None:
        (row,) = overtaken(Letter.objects.filter(status=Status.DISPATCHED), timezone.localdate())
        assert "ad interim" not in row.coordinator

    def test_letters_say_what_they_are_to_the_one_that_went_out(self) -> None:
        kinds = {row.kind: row.earlier.status for row in Relation.objects.select_related("earlier")}
        assert kinds == {Relation.Kind.FOLLOW_UP: Status.DISPATCHED, Relation.Kind.CORRECTION: Status.DISPATCHED}
