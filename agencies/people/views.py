"""Pages of people: the list, one person, invitations, and the page at which an invitation is answered."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions as accounts
from accounts.current import person as person_of
from accounts.decorators import fresh_sign_in_required, fresh_sign_in_to_export
from accounts.models import RoleAssignment, User
from agencies.people import actions
from agencies.people.access import INVITE, may_invite
from agencies.people.emails import PURPOSE
from agencies.people.forms import INVITED, EndForm, JoinForm, RoleForm, RoleInvitationForm, SeatInvitationForm
from agencies.people.listing import INVITATION_COLUMNS, PEOPLE_COLUMNS, InvitationFilter, PeopleFilter, people_for_list
from agencies.people.models import Invitation, Standing
from agencies.people.profile import profile_of
from core import tokens
from core.access import can, get_or_404, require
from core.dates import today
from core.forms import form_page, posted
from core.history import history_of
from core.lists import Empty, list_page
from core.models import OutgoingMessage

VIEW, CHANGE, CHANGE_ROLE = "accounts.view_person", "accounts.change_person", "accounts.change_role"


# ---------------------------------------------------------------- people


@require_safe
@fresh_sign_in_to_export
def people_list(request: HttpRequest) -> HttpResponse:
    """Everyone with an account."""
    require(request.user, VIEW)
    return list_page(
        request,
        title=_("People"),
        queryset=people_for_list(User.objects.visible_to(request.user), today()),
        columns=PEOPLE_COLUMNS,
        filterset=PeopleFilter,
        default_sort="name",
        template="people/people_list.html",
        context={"may_invite": may_invite(request.user)},
    )


@require_safe
def person_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One person: seats, roles, how they sign in, and what happened."""
    person = get_or_404(request.user, VIEW, User.objects, pk=pk)
    other = person.pk != request.user.pk
    may = {
        "change_person": other and can(request.user, CHANGE),
        "change_role": other and can(request.user, CHANGE_ROLE),
    }
    context = {
        "person": person,
        "profile": profile_of(person, today()),
        "changes": history_of(request, person),
        "may": may,
        "today": today(),
    }
    return render(request, "people/person_detail.html", context)


@require_POST
@fresh_sign_in_required
def change_access(request: HttpRequest, pk: str, what: str) -> HttpResponse:
    """Deactivate or reactivate a person, take their second factors away, or sign them out everywhere."""
    person = get_or_404(request.user, CHANGE, User.objects, pk=pk)
    change, said = ACCESS_CHANGES[what]
    change(person=person, by=person_of(request))
    messages.success(request, said % {"person": person})
    return redirect("people:detail", pk=person.pk)


ACCESS_CHANGES: dict[str, tuple[Any, Any]] = {
    "deactivate": (accounts.deactivate, gettext_lazy("%(person)s can no longer sign in and is signed out everywhere.")),
    "reactivate": (accounts.reactivate, gettext_lazy("%(person)s may sign in again.")),
    "reset-factors": (
        accounts.reset_factors,
        gettext_lazy("%(person)s has no second factor any more and sets up a new one at the next sign-in."),
    ),
    "end-sessions": (accounts.end_sessions, gettext_lazy("%(person)s is signed out everywhere.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in_required
def assign_role(request: HttpRequest, pk: str) -> HttpResponse:
    """Give a role of the house."""
    person = get_or_404(request.user, CHANGE_ROLE, User.objects, pk=pk)
    if person.pk == request.user.pk:
        raise PermissionDenied
    form = RoleForm(posted(request), initial={"first_day": today()})
    if request.method == "POST" and form.is_valid() and _assigned(form, person, person_of(request)):
        messages.success(request, _("%(person)s has the role.") % {"person": person})
        return redirect("people:detail", pk=person.pk)
    return form_page(request, "people/person_form.html", form, _about(person, _("Give a role"), _("Give the role")))


def _assigned(form: RoleForm, person: User, by: User) -> bool:
    try:
        accounts.assign_role(person=person, role=form.cleaned_data["role"], valid=form.cleaned_data["valid"], by=by)
    except ValidationError as error:
        form.add_error("role", error.messages)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in_required
def end_role(request: HttpRequest, pk: str, role_pk: str) -> HttpResponse:
    """Let a role end."""
    person = get_or_404(request.user, CHANGE_ROLE, User.objects, pk=pk)
    assignment = RoleAssignment.objects.filter(user=person, pk=role_pk).first()
    if assignment is None:
        raise Http404
    if person.pk == request.user.pk:
        raise PermissionDenied
    form = EndForm(posted(request), initial={"last_day": today()})
    if request.method == "POST" and form.is_valid() and _ended(form, assignment, person_of(request)):
        messages.success(request, _("The role ends."))
        return redirect("people:detail", pk=person.pk)
    title = _("End the role: %(role)s") % {"role": assignment.get_role_display()}
    return form_page(request, "people/person_form.html", form, _about(person, title, _("End the role")))


def _ended(form: EndForm, assignment: RoleAssignment, by: User) -> bool:
    try:
        accounts.end_role(assignment=assignment, last_day=form.cleaned_data["last_day"], on=today(), by=by)
    except ValidationError as error:
        form.add_error("last_day", error.messages)
        return False
    return True


def _about(person: User, title: str, submit: str) -> dict[str, Any]:
    return {"person": person, "title": title, "submit": submit}


# ---------------------------------------------------------------- invitations


@require_safe
@fresh_sign_in_to_export
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Who is invited and has not answered, and who was."""
    if not may_invite(request.user):
        raise PermissionDenied
    return list_page(
        request,
        title=_("Invitations"),
        queryset=Invitation.objects.visible_to(request.user).for_list(today()),
        columns=INVITATION_COLUMNS,
        filterset=InvitationFilter,
        template="people/invitation_list.html",
        empty=Empty(_("Nobody is invited"), _("An invitation is open for 72 hours and works once.")),
        context={"everywhere": request.user.has_perm(INVITE)},
    )


@require_safe
def invitation_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One invitation, with what can still be done."""
    invitation = get_or_404(request.user, INVITE, Invitation.objects.for_list(today()), pk=pk)
    standing = invitation.standing(timezone.now())
    open_ = standing in (Standing.PENDING, Standing.EXPIRED)
    context = {
        "invitation": invitation,
        "standing": standing,
        "can_change": open_,
        "can_send_anew": standing is Standing.REVOKED and not invitation.role,
        "changes": history_of(request, invitation, OutgoingMessage.objects.about(f"invitation:{invitation.pk}")),
    }
    return render(request, "people/invitation_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite_for_agency(request: HttpRequest) -> HttpResponse:
    """Invite a person to speak for an agency."""
    if not may_invite(request.user):
        raise PermissionDenied
    wanted = _anew(request) or {"agency": request.GET.get("agency", "")}
    form = SeatInvitationForm(posted(request), initial=wanted, by=person_of(request), on=today())
    return _invite(request, form, _("Invite a person for an agency"))


def _anew(request: HttpRequest) -> dict[str, Any]:
    """What a revoked invitation offered, for one to be sent anew: to the address that whoever holds the seat has by now."""
    try:
        pk = uuid.UUID(request.GET.get("anew", ""))
    except ValueError:
        return {}
    former = Invitation.objects.visible_to(request.user).exclude(revoked_at=None).filter(pk=pk, role="").first()
    return actions.offered_anew(former, today()) if former else {}


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_sign_in_required
def invite_for_role(request: HttpRequest) -> HttpResponse:
    """Invite a person for a role of the house."""
    require(request.user, INVITE)
    require(request.user, CHANGE_ROLE)
    form = RoleInvitationForm(posted(request), by=person_of(request), on=today())
    return _invite(request, form, _("Invite a person for a role of the house"))


def _invite(request: HttpRequest, form: Any, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and (invitation := _invited(form, person_of(request))):
        messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
        return redirect("people:invitation", pk=invitation.pk)
    return form_page(request, "people/invitation_form.html", form, {"title": title})


def _invited(form: Any, by: User) -> Invitation | None:
    """The invitation, or None where somebody else invited the same address in this very moment."""
    try:
        return actions.invite(invitation=form.save(commit=False), by=by, now=timezone.now())
    except IntegrityError:
        form.add_error("email", INVITED)
        return None


@require_POST
def change_invitation(request: HttpRequest, pk: str, what: str) -> HttpResponse:
    """Send an invitation again, or revoke it."""
    invitation = get_or_404(request.user, INVITE, Invitation.objects, pk=pk)
    try:
        if what == "resend":
            actions.resend(invitation=invitation, by=person_of(request), now=timezone.now())
            messages.success(request, _("A new link is on its way; the earlier one no longer works."))
        else:
            actions.revoke(invitation=invitation, now=timezone.now())
            messages.success(request, _("The invitation is revoked; its link no longer works."))
    except actions.Closed as closed:
        messages.error(request, _("Nothing was done: %(why)s") % {"why": closed.standing.label})
    return redirect("people:invitation", pk=pk)


# ---------------------------------------------------------------- joining


@login_not_required
@sensitive_post_parameters("password1", "password2")
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer an invitation. Looking at the page changes nothing; only the form accepts."""
    invitation, version = _unsealed(token)
    if request.user.is_authenticated:
        return render(request, "people/join_signed_in.html", {"invitation": invitation}, status=409)
    try:
        actions.check_open(invitation, version, timezone.now())
        return _join(request, invitation, version)
    except actions.Closed as closed:
        return render(request, "people/join_closed.html", {"standing": closed.standing}, status=410)


def _unsealed(token: str) -> tuple[Invitation, int]:
    """The invitation that the token names; any other token names nothing."""
    subject = tokens.unseal(PURPOSE, token)
    invitation = Invitation.objects.for_list(today()).filter(pk=subject[0]).first() if subject else None
    if subject is None or invitation is None:
        raise Http404
    return invitation, subject[1]


def _join(request: HttpRequest, invitation: Invitation, version: int) -> HttpResponseBase:
    initial = {"name": invitation.name, "language": request.LANGUAGE_CODE}
    form = JoinForm(posted(request), initial=initial, instance=User(email=invitation.email))
    if request.method == "POST" and form.is_valid() and (person := _joined(form, invitation, version)):
        signed_in: HttpResponseBase = perform_login(request, person, email_verification="none", email=person.email)
        return signed_in
    return form_page(request, "people/join.html", form, {"invitation": invitation})


def _joined(form: JoinForm, invitation: Invitation, version: int) -> User | None:
    """The person, or None where somebody came in with the address, or was given the role, since the invitation."""
    said = {name: form.cleaned_data[name] for name in form.Meta.fields}
    password = form.cleaned_data["password1"]
    try:
        return actions.accept(invitation=invitation, version=version, password=password, now=timezone.now(), **said)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return None
