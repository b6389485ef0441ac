"""One's own choice of mail."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.current import person as person_of
from agencies.people.models import MailChoice
from core.forms import form_page, posted


class MailForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only what really makes a difference."""

    class Meta:
        model = MailChoice
        fields = ("rhythm", "copy_when_absent")
        widgets = {"rhythm": forms.RadioSelect}
        help_texts = {
            "rhythm": gettext_lazy("What is due before the next Monday mail comes by itself all the same."),
        }


@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """What mail comes, what of it can be chosen, and what always comes."""
    me = person_of(request)
    choice = MailChoice.objects.filter(person=me).first() or MailChoice(person=me)
    form = MailForm(posted(request), instance=choice)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice is kept."))
        return redirect("people:mail")
    return form_page(request, "people/own/mail.html", form)
