"""Nominations: proposed, answered, withdrawn, and the membership they lead to."""

from __future__ import annotations

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import fresh_sign_in_required
from accounts.models import User
from agencies import nominations
from agencies.forms import MembershipForm
from agencies.models import Chairs, Mechanism, Membership, Nomination
from agencies.nomination_forms import AnswerForm, NominateForm, WithdrawForm
from agencies.views.edits import answered
from agencies.views.seats import editing
from agencies.views.shown import READ, language, may, not_yet, shown_day
from agencies.workflow import ANSWER, NOMINATE, NOMINATION, SEAT
from core.access import get_or_404, require
from core.dates import today
from core.forms import posted
from core.history import history_of


@editing
def nominate(request: HttpRequest, slug: str) -> HttpResponse:
    """Nominate an agency for a mechanism."""
    mechanism = get_or_404(request.user, READ, Mechanism.objects, slug=slug)
    require(request.user, NOMINATE, Chairs(mechanism))
    nomination = Nomination(mechanism=mechanism)
    form = NominateForm(posted(request), request.FILES or None, instance=nomination, on=today())

    def act(by: User) -> object:
        nomination.document = form.document
        return nominations.nominate(nomination=nomination, by=by)

    return answered(
        request,
        form,
        act,
        title=_("Nominate an agency"),
        lead=mechanism.name,
        back=mechanism.get_absolute_url(),
        done=_("The agency is nominated and asked for its answer."),
        warning=lambda: _("A nomination gives no seat and no sight: the membership begins only when it was accepted."),
    )


@require_safe
def nomination(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One nomination: how far it is, who did what, and what the reader may do next."""
    one = _nomination(request, pk, "")
    context = {
        "nomination": one,
        "moves": {offer.move.name for offer in NOMINATION.offers(one, cast("User", request.user))},
        "changes": history_of(request, one),
    }
    return render(request, "agencies/nomination.html", context)


@editing
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The nominated agency's principal accepts or declines."""
    one = _nomination(request, pk, ANSWER)
    form = AnswerForm(posted(request))

    def act(by: User) -> object:
        said = form.cleaned_data
        return nominations.answer(nomination=one, accepted=said["answer"] == "accept", remark=said["remark"], by=by)

    return answered(
        request,
        form,
        act,
        title=_("Answer the nomination of %(agency)s") % {"agency": one.name},
        lead=f"{one.mechanism.name}: {one.get_role_display()}",
        back=one.get_absolute_url(),
        done=_("The answer is recorded."),
    )


@editing
def withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a nomination back."""
    one = _nomination(request, pk, "")
    require(request.user, NOMINATE, one.chairs)
    form = WithdrawForm(posted(request))
    return answered(
        request,
        form,
        lambda by: nominations.withdraw(nomination=one, remark=form.cleaned_data["remark"], by=by),
        title=_("Withdraw the nomination of %(agency)s") % {"agency": one.name},
        lead=one.mechanism.name,
        back=one.get_absolute_url(),
        done=_("The nomination is withdrawn."),
    )


@editing
@fresh_sign_in_required
def begin(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let the membership of an accepted nomination begin."""
    one = _nomination(request, pk, SEAT)
    row = Membership(agency=one.agency, mechanism=one.mechanism, document=one.document)
    form = MembershipForm(
        posted(request), request.FILES or None, instance=row, initial=nominations.proposed(one), on=today()
    )

    def act(by: User) -> object:
        row.document = form.document or one.document
        return nominations.begin(nomination=one, membership=row, by=by)

    return answered(
        request,
        form,
        act,
        title=_("Let the membership of %(agency)s begin") % {"agency": one.name},
        lead=one.mechanism.name,
        back=one.mechanism.get_absolute_url(),
        done=_("The membership begins."),
    )


@require_safe
def membership(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The life of one membership: nominated, accepted, begun, ended, with who and when."""
    moment = shown_day(request)
    rows = Membership.objects.named_on(moment.day, language()).select_related("mechanism", "agency")
    row = get_or_404(request.user, READ, rows, pk=pk)
    steps = Nomination.objects.visible_to(request.user).for_list(language()).filter(membership=row)
    context = {
        "as_of": moment,
        "row": row,
        "nomination": steps.first() if moment.is_today else None,
        "changes": history_of(request, row) if moment.is_today else [],
        "not_yet": not_yet(row, moment),
        **may(request, moment, "agencies.change_membership"),
    }
    return render(request, "agencies/membership.html", context)


def _nomination(request: HttpRequest, pk: uuid.UUID, permission: str) -> Nomination:
    one: Nomination = get_or_404(request.user, permission, Nomination.objects.for_list(language()), pk=pk)
    return one
