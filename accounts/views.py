"""Pages of one's own account. Signing in itself is the library's; see sign_in_urls.py."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LoginView
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import sample
from accounts.current import person
from accounts.entrances import entrances
from accounts.factors import needs_factor
from accounts.forms import ProfileForm
from core.forms import form_page, posted


class SignIn(LoginView):  # type: ignore[misc]
    """Sign in. Other entrances stand below the form; a trial run offers its sample sign-ins beside it."""

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        """With the other entrances and, in a trial run only, the sample sign-ins."""
        context: dict[str, Any] = super().get_context_data(**options)
        samples = sample.sign_ins() if settings.TRIAL else []
        return context | {"entrances": entrances(), "sample_sign_ins": samples}

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """A browser may be sent on from this page to the places to which its entrances lead, and to no others."""
        response: Any = super().render_to_response(context, **options)
        response._csp_update = {"form-action": sorted({entrance.origin for entrance in context["entrances"]})}  # noqa: SLF001
        return response  # type: ignore[no-any-return]


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Remove a passkey, unless it is the last second factor."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Refuse kindly or remove."""
        adapter = get_factor_adapter()
        if adapter.can_delete_authenticator(self.get_object()):
            return super().form_valid(form)  # type: ignore[no-any-return]
        text = adapter.error_messages["cannot_delete_authenticator"]
        get_adapter().add_message(self.request, messages.ERROR, message=str(text))
        return redirect("mfa_list_webauthn")


@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """The first page of everyone who has no second factor yet: what it is for, and the two ways to set one up."""
    if not needs_factor(person(request)):
        return redirect("mfa_index")
    return render(request, "accounts/second_factor.html")


def profile(request: HttpRequest) -> HttpResponse:
    """Name, functional title, language and time zone."""
    form = ProfileForm(posted(request), instance=person(request))
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        with translation.override(saved.language):
            messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return form_page(request, "accounts/profile.html", form)
