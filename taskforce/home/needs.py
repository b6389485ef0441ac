"""What needs the reader: obligations of their agency, and what waits for those who run the Task Force.

Each function asks one question of the database, and only when the reader's roles or seats make it theirs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import Obligation
from agencies.people.models import Correction
from assessments.models import Contribution
from assessments.workflow import ContributionStatus
from core.access import can
from core.models import MessageState, OutgoingMessage, SendHold
from taskforce.home import register
from taskforce.home.documents import Need
from taskforce.letters.models import Clearance, Letter, MailedReply, Release, Signing
from taskforce.letters.reissuing import overtaken
from taskforce.letters.workflow import Status as LetterStatus
from taskforce.markings.models import Lowering
from taskforce.reminders.models import Reminder
from taskforce.sight.models import SightRequest

if TYPE_CHECKING:
    from accounts.models import User

FEW = 10  # of one kind; the rest is one click away
LETTER_NEEDS: dict[str, Any] = {
    LetterStatus.IN_CLEARANCE: gettext_lazy("Answer an objection to a letter"),
    LetterStatus.IN_SIGNATURE: gettext_lazy("Have a letter signed"),
    LetterStatus.READY: gettext_lazy("Send a letter"),
}


def of_agency(user: User, now: dt.datetime, language: str) -> list[Need]:
    """What the agencies of the reader's seats owe, by deadline."""
    today = now.date()
    owed = Obligation.objects.open().of_agencies(user, today).named_on(today, language).for_list()
    return [from_obligation(one, now) for one in owed]


def from_obligation(owed: Obligation, now: dt.datetime) -> Need:
    """An obligation as a need; its deadline counts at its place."""
    return Need(
        what=owed.said,
        url=owed.get_absolute_url(),
        about=f"{owed.get_kind_display()} · {owed.party}",
        due_on=owed.due_on,
        zone=owed.place,
        days=owed.days_left(now),
    )


def of_house(user: User, on: dt.date, language: str) -> list[Need]:
    """What waits for the secretariat and the administrators, without a deadline of its own."""
    return [
        *_holds(user),
        *_uncertain_mail(user),
        *_unheard(user),
        *_letters(user),
        *_releases(user),
        *_successors(user, on),
        *_replies(user),
        *_contributions(user),
        *_vacant_seats(user, on, language),
        *_corrections(user),
        *_sight(user),
        *_lowerings(user),
    ]


def _holds(user: User) -> Iterator[Need]:
    if not can(user, "core.release_mail"):
        return
    for hold in SendHold.objects.open().of_all().order_by("since")[:1]:
        yield Need(_("Decide when mail may leave again"), reverse("home:mail_hold"), hold.reason)


def _uncertain_mail(user: User) -> Iterator[Need]:
    if not can(user, "core.resolve_mail"):
        return
    if count := OutgoingMessage.objects.filter(state=MessageState.UNCERTAIN).count():
        what = ngettext("Decide on %(n)d uncertain message", "Decide on %(n)d uncertain messages", count) % {"n": count}
        yield Need(what, f"{reverse('home:mail')}?state=uncertain", _("They may or may not have arrived."))


def _unheard(user: User) -> Iterator[Need]:
    if not can(user, "reminders.view_reminder"):
        return
    if count := Reminder.objects.unheard().count():
        what = ngettext(
            "Find somebody for %(n)d reminder that reached nobody",
            "Find somebody for %(n)d reminders that reached nobody",
            count,
        ) % {"n": count}
        yield Need(what, f"{reverse('reminders:list')}?outcome=nobody", _("No seat is taken and no address is known."))


def _letters(user: User) -> Iterator[Need]:
    """Letters to which a co-chair objects, that nobody is asked to sign, and whose dispatch nobody asked for yet."""
    if not can(user, "letters.dispatch_letter"):
        return
    objected = Clearance.objects.current().filter(letter=OuterRef("pk"), state=Clearance.State.OBJECTED)
    signs = Signing.objects.filter(letter=OuterRef("pk"), state=Signing.State.ASKED)
    asked = Release.objects.open().filter(letter=OuterRef("pk"))
    waiting = (
        Q(Exists(objected), status=LetterStatus.IN_CLEARANCE)
        | Q(~Exists(signs), status=LetterStatus.IN_SIGNATURE)
        | Q(~Exists(asked), status=LetterStatus.READY)
    )
    for letter in Letter.objects.visible_to(user).filter(waiting).order_by("created_at", "pk")[:FEW]:
        yield Need(str(LETTER_NEEDS[letter.status]), reverse("letters:detail", args=[letter.pk]), str(letter))


def _releases(user: User) -> Iterator[Need]:
    """Dispatches that somebody else asked for."""
    if not can(user, "letters.dispatch_letter"):
        return
    waiting = Release.objects.open().for_second(user).filter(letter__in=Letter.objects.visible_to(user))
    for one in waiting.select_related("letter").order_by("asked_at")[:FEW]:
        yield Need(_("Release a dispatch"), one.get_absolute_url(), str(one.letter))


def _successors(user: User, on: dt.date) -> Iterator[Need]:
    """Letters that people who came to their post since have not had, but those of which a re-issue waits already."""
    if not can(user, "letters.dispatch_letter"):
        return
    asked = Release.objects.open().filter(letter=OuterRef("pk"))
    letters = Letter.objects.visible_to(user).filter(~Exists(asked))
    found = Counter(row.dispatch.letter for row in overtaken(letters, on).select_related("dispatch__letter"))
    for letter, count in found.most_common(FEW):
        about = ngettext(
            "%(letter)s: %(n)d office has a new Resident Coordinator who has not had it",
            "%(letter)s: %(n)d offices have a new Resident Coordinator who has not had it",
            count,
        )
        yield Need(
            _("Issue a letter again to successors"),
            reverse("letters:reissue", args=[letter.pk]),
            about % {"letter": letter, "n": count},
        )


def _replies(user: User) -> Iterator[Need]:
    """Replies by e-mail that name no office of ours."""
    if not can(user, "letters.record_answer"):
        return
    if count := MailedReply.objects.visible_to(user).unfiled().count():
        what = ngettext("File %(n)d reply by e-mail", "File %(n)d replies by e-mail", count) % {"n": count}
        yield Need(
            what, reverse("letters:replies"), _("It came to no address of an office, or to one that is none of ours.")
        )


def _contributions(user: User) -> Iterator[Need]:
    if not can(user, "assessments.change_assessment"):
        return
    received = Contribution.objects.visible_to(user).filter(status=ContributionStatus.RECEIVED)
    for contribution in received.for_list()[:FEW]:
        about = f"{contribution.assessment} · {contribution.agency_name}"
        yield Need(_("Read a contribution"), reverse("assessments:contribution", args=[contribution.pk]), about)


def _vacant_seats(user: User, on: dt.date, language: str) -> Iterator[Need]:
    if not can(user, "agencies.change_focal_point"):
        return
    for agency in register.vacant(on).named_on(on, language).order_by("name")[:FEW]:
        about = _("It sits in a mechanism, and nobody speaks for it.")
        yield Need(_("Name a focal point of %(agency)s") % {"agency": agency}, agency.get_absolute_url(), about)


def _corrections(user: User) -> Iterator[Need]:
    """People who ask to have their data corrected."""
    if not can(user, "accounts.change_person"):
        return
    for one in Correction.objects.open().select_related("person").order_by("asked_at")[:FEW]:
        yield Need(_("Answer a request for correction"), one.get_absolute_url(), one.person.name)


def _sight(user: User) -> Iterator[Need]:
    """Requests for sight that this person may decide."""
    for asked in SightRequest.objects.to_decide(user).for_list()[:FEW]:
        about = f"{asked.reference} · {asked.agency_name}"
        yield Need(_("Decide on a request for sight"), asked.get_absolute_url(), about)


def _lowerings(user: User) -> Iterator[Need]:
    """Requests of others to mark something lower."""
    for asked in Lowering.objects.to_decide(user).for_list()[:FEW]:
        yield Need(_("Decide on a lower marking"), asked.get_absolute_url(), asked.called)
