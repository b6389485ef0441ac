"""Who got a letter, and what they answered."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core import outbox
from core.access import can, get_or_404
from core.audit import note_reading
from core.dates import today
from core.files import download
from core.history import history_of
from core.kept import told
from core.lists import Column, Empty, list_page
from core.models import MessageState, OutgoingMessage
from taskforce.letters import dispatching, fates, reissuing
from taskforce.letters.addressees import Reach
from taskforce.letters.fates import with_fates
from taskforce.letters.links import SAMPLE_LINK
from taskforce.letters.models import Answer, Exemption, Invitation, Letter, Recipient, RecipientState
from taskforce.letters.releasing import MAY_SEND
from taskforce.letters.views.dispatch import pdf_response
from taskforce.letters.views.shared import get_letter
from taskforce.letters.workflow import Status


class RecipientFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the recipients."""

    office = django_filters.CharFilter(
        field_name="office_name", lookup_expr="icontains", label=gettext_lazy("Office contains")
    )
    country = django_filters.CharFilter(method="serving", label=gettext_lazy("Country"))
    region = django_filters.AllValuesFilter(field_name="region", label=gettext_lazy("Region"))
    state = django_filters.MultipleChoiceFilter(choices=RecipientState.choices, label=gettext_lazy("State"))

    class Meta:
        model = Recipient
        fields = ("office", "country", "region", "state")

    def serving(self, rows: Any, _name: str, value: str) -> Any:
        """Offices one of whose countries has this in its name."""
        return rows.serving(value)


def _trouble(row: Any) -> str:
    """Why a message did not leave as it should have, or came back."""
    wrong = {RecipientState.REFUSED, RecipientState.BOUNCED, RecipientState.UNCERTAIN, RecipientState.QUEUED}
    return told(row.reason) if row.state in wrong else ""


def _address(row: Recipient) -> str:
    """The address, and how the office is reached where not through a coordinator in office."""
    how = "" if row.reach == Reach.IN_OFFICE else row.get_reach_display()
    return " · ".join(part for part in (row.email, how) if part)


# For the file alone: when and why, in one row for each office.
FATES = [
    Column("state_at", gettext_lazy("In this state since"), fates.state_at, on_page=False),
    Column("reason", gettext_lazy("Reason"), fates.state_reason, on_page=False),
    Column("queued_at", gettext_lazy("Queued"), "message.created_at", on_page=False),
    Column("handed_over_at", gettext_lazy("Handed to relay"), "handed_over_at", on_page=False),
    Column("refused_at", gettext_lazy("Refused"), "refused_at", on_page=False),
    Column("uncertain_at", gettext_lazy("Uncertain"), "uncertain_at", on_page=False),
    Column("bounced_at", gettext_lazy("Came back"), "bounced_at", on_page=False),
    Column("acknowledged_by", gettext_lazy("Acknowledged by"), "acknowledged_by", on_page=False),
    Column("answered_at", gettext_lazy("First answer to an invitation"), "answered_at", on_page=False),
    Column("mailed_at", gettext_lazy("First reply by e-mail"), "mailed_at", on_page=False),
    Column("excused", gettext_lazy("No reply expected"), fates.excused, on_page=False),
]


def _columns(invitations: list[Invitation]) -> list[Column]:
    return [
        Column(
            "office",
            gettext_lazy("Office"),
            "office_name",
            link=lambda row: reverse("letters:recipient", args=[row.pk]),
            sort="office_name",
            sub=lambda row: ", ".join(row.countries),
        ),
        Column("countries", gettext_lazy("Countries"), lambda row: ", ".join(row.countries), on_page=False),
        Column("region", gettext_lazy("Region"), "region", sort="region"),
        Column(
            "coordinator",
            gettext_lazy("Addressed to"),
            lambda row: row.coordinator or row.title,
            sort="coordinator",
            sub=_address,
        ),
        Column("email", gettext_lazy("E-mail address"), "email", on_page=False),
        Column("reissue_of", gettext_lazy("Re-issue of the letter of"), "reissue_of", on_page=False),
        Column("language", gettext_lazy("Language"), lambda row: row.get_language_display(), on_page=False),
        Column("reach", gettext_lazy("Reached through"), lambda row: row.get_reach_display(), on_page=False),
        Column("state", gettext_lazy("State"), "state", tag="recipient", sort="state", sub=_trouble),
        Column(
            "acknowledged",
            gettext_lazy("Acknowledged"),
            "acknowledged_at",
            sort="acknowledged_at",
            sub="acknowledged_by",
        ),
        *FATES,
        *(_answer_column(number, invitation) for number, invitation in enumerate(invitations, start=1)),
    ]


def _answer_column(number: int, invitation: Invitation) -> Column:
    def choice(row: Recipient) -> str:
        return answer_to(invitation, row).get_choice_display()

    return Column(f"invitation_{number}", f"{number}. {invitation.text}", choice, on_page=False)


def answer_to(invitation: Invitation, row: Recipient) -> Answer:
    """What an office answered to one invitation, from its prefetched answers; an empty answer where it said nothing."""
    return next((one for one in row.answers.all() if one.invitation_id == invitation.pk), Answer())


@require_GET
def recipient_list(request: HttpRequest, pk: str) -> HttpResponse:
    """The offices of a letter with the state of each."""
    letter = get_letter(request, pk)
    rows = with_fates(Recipient.objects.filter(dispatch__letter=letter).latest().for_list(), request.user)
    return list_page(
        request,
        title=_("Recipients of %(reference)s") % {"reference": letter.reference},
        queryset=rows,
        columns=_columns(list(letter.invitations.all())),
        filterset=RecipientFilter,
        empty=Empty(title=_("Nobody yet"), text=_("The offices stand here when the letter is dispatched.")),
        template="letters/recipient_list.html",
        context={
            "letter": letter,
            "overtaken": reissuing.overtaken([letter], today()).count() if can(request.user, MAY_SEND) else 0,
        },
        export_name=f"letter-{letter.reference.replace('/', '-')}",
    )


def get_recipient(request: HttpRequest, pk: str, permission: str = "letters.view_letter") -> Recipient:
    """The recipient, if the person may see its letter (404) and has the permission (403). A look at a restricted one is noted."""
    rows = Recipient.objects.for_list().select_related("dispatch__letter__mechanism", "file", "recorded_by", "document")
    recipient: Recipient = get_or_404(request.user, permission, rows, pk=pk)
    note_reading(request, recipient.dispatch.letter)
    return recipient


@require_GET
def recipient_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One office: the letter as it went, how far it got, what was answered."""
    recipient = get_recipient(request, pk)
    letter = recipient.dispatch.letter
    exemptions = Exemption.objects.filter(recipient=recipient).select_related("by")
    left = recipient.message.state if recipient.message else None
    may_send = can(request.user, MAY_SEND)
    replaced = recipient.reissued()
    context = {
        "recipient": recipient,
        "letter": letter,
        "answers": _with_answers(letter, recipient),
        "exemption": exemptions.first(),
        "mails": recipient.mails.visible_to(request.user).for_list(),
        "changes": history_of(
            request,
            recipient,
            recipient.answers.select_related("invitation"),
            exemptions,
            OutgoingMessage.objects.filter(key=recipient.key),
        ),
        "may_resolve": may_send and left == MessageState.UNCERTAIN,
        "may_note": may_send and left in outbox.LEFT and not recipient.acknowledged_at,
        "may_take_back": may_send and left == MessageState.BOUNCED,
        "may_record": can(request.user, "letters.record_answer") and letter.status != Status.CLOSED and not replaced,
        "replaced": replaced,
        "earlier": list(recipient.issues.filter(dispatch__number__lt=recipient.dispatch.number)),
        "may_follow": can(request.user, "letters.record_answer") and recipient.acknowledged_at is not None,
    }
    return render(request, "letters/recipient_detail.html", context)


def _with_answers(letter: Letter, recipient: Recipient) -> list[tuple[Invitation, Any]]:
    given = {answer.invitation_id: answer for answer in recipient.answers.select_related("file").with_work()}
    return [(invitation, given.get(invitation.pk)) for invitation in letter.invitations.all()]


@require_GET
def recipient_pdf(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The letter of one office as it went; for readers who record no answers without its link, which is a key."""
    recipient = get_recipient(request, pk)
    may_have_key = can(request.user, "letters.record_answer")
    if recipient.file and may_have_key:
        return download(recipient.file)
    letter = dispatching.personal_letter(recipient, link="" if may_have_key else SAMPLE_LINK)
    return pdf_response(request, recipient.dispatch.letter, letter)
