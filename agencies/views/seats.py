"""Changes of who sits where: memberships and focal points."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import fresh_sign_in_required
from accounts.models import User
from agencies import actions
from agencies.forms import EndForm, FocalPointForm, MembershipForm
from agencies.models import FocalPoint, Mechanism, Membership
from agencies.views.edits import answered
from core.access import get_or_404
from core.dates import as_of, today
from core.forms import posted

Editing = TypeVar("Editing", bound=Callable[..., HttpResponse])


def editing(view: Editing) -> Editing:
    """A view that changes the register: by GET, HEAD and POST, and never in the past."""

    @wraps(view)
    def today_only(request: HttpRequest, *args: Any, **arguments: Any) -> HttpResponse:
        if not as_of(request).is_today:
            raise PermissionDenied(_("The past cannot be changed."))
        return view(request, *args, **arguments)

    return cast("Editing", require_http_methods(["GET", "HEAD", "POST"])(today_only))


MEMBERSHIP = "agencies.change_membership"
FOCAL_POINT = "agencies.change_focal_point"


@editing
@fresh_sign_in_required
def seat(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a membership or linkage to a mechanism."""
    mechanism = get_or_404(request.user, MEMBERSHIP, Mechanism.objects, slug=slug)
    row = Membership(mechanism=mechanism)
    form = MembershipForm(posted(request), request.FILES or None, instance=row, on=today())
    return answered(
        request,
        form,
        lambda by: _keep(form, by),
        title=_("Add a membership"),
        lead=mechanism.name,
        back=mechanism.get_absolute_url(),
        done=_("The membership is added."),
    )


@editing
@fresh_sign_in_required
def change_membership(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Correct role, days or source of a membership."""
    membership = _membership(request, pk)
    form = MembershipForm(posted(request), request.FILES or None, instance=membership, on=today())
    return answered(
        request,
        form,
        lambda by: _keep(form, by),
        title=_("Change the membership of %(agency)s") % {"agency": membership.name},
        lead=membership.mechanism.name,
        back=membership.mechanism.get_absolute_url(),
        done=_("The membership is changed."),
    )


@editing
@fresh_sign_in_required
def end_membership(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a membership end on a day; the seats of the agency's people end with it."""
    membership = _membership(request, pk)
    form = EndForm(posted(request), row=membership)
    return answered(
        request,
        form,
        lambda by: actions.end_membership(membership=membership, last=form.cleaned_data["last"], by=by),
        title=_("End the membership of %(agency)s") % {"agency": membership.name},
        lead=membership.mechanism.name,
        back=membership.mechanism.get_absolute_url(),
        done=_("The membership ends."),
        warning=lambda: _seats_too(membership.seats_beyond(form.cleaned_data["last"]).count()),
    )


def _keep(form: MembershipForm, by: User) -> Membership:
    """Write the membership; its document stays unless there is a new one."""
    row: Membership = form.instance
    row.document = form.document or row.document
    return actions.keep(row=row, by=by)


def _seats_too(number: int) -> str:
    """What ends with a membership."""
    if not number:
        return ""
    return ngettext(
        "%(number)s person’s seat ends on the same day, and with it what they may do.",
        "%(number)s people’s seats end on the same day, and with them what they may do.",
        number,
    ) % {"number": number}


def _membership(request: HttpRequest, pk: uuid.UUID) -> Membership:
    rows = Membership.objects.named_on(today()).select_related("mechanism")
    membership: Membership = get_or_404(request.user, MEMBERSHIP, rows, pk=pk)
    return membership


@editing
@fresh_sign_in_required
def add_focal_point(request: HttpRequest, slug: str) -> HttpResponse:
    """Give a person a seat for an agency in a mechanism."""
    mechanism = get_or_404(request.user, FOCAL_POINT, Mechanism.objects, slug=slug)
    form = FocalPointForm(posted(request), by=request.user, mechanism=mechanism, on=today())
    return answered(
        request,
        form,
        lambda by: actions.seat_person(seat=form.seat, by=by, **_person(form)),
        title=_("Add a focal point"),
        lead=mechanism.name,
        back=mechanism.get_absolute_url(),
        done=_("The seat is given."),
    )


@editing
@fresh_sign_in_required
def end_focal_point(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a person's seat end on a day."""
    seat = _seat(request, pk)
    form = EndForm(posted(request), row=seat)
    return answered(
        request,
        form,
        lambda by: actions.end(row=seat, last=form.cleaned_data["last"], by=by),
        title=_("End the seat of %(person)s") % {"person": seat.person},
        lead=f"{seat.get_capacity_display()}, {seat.mechanism}",
        back=seat.mechanism.get_absolute_url(),
        done=_("The seat ends."),
        warning=lambda: _("The seat is vacant from the next day on, unless somebody else holds it."),
    )


def _seat(request: HttpRequest, pk: uuid.UUID) -> FocalPoint:
    rows = FocalPoint.objects.select_related("person", "mechanism")
    seat: FocalPoint = get_or_404(request.user, FOCAL_POINT, rows, pk=pk)
    return seat


def _person(form: FocalPointForm) -> dict[str, str]:
    return {key: form.cleaned_data[key] for key in ("email", "name", "title")}
