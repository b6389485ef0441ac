"""What is typed about the sending of a letter: the approval, the guests of a rehearsal, what came back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from taskforce.letters import rehearsing
from taskforce.letters.models import Letter


class DispatchForm(forms.Form):
    """What was shown and is approved."""

    approved = forms.CharField(widget=forms.HiddenInput)


class RehearsalForm(forms.Form):
    """To whom the sample letters go; `guests` are the people once it is valid."""

    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses of the guests, one a line"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("People of this portal who may read the letter. Nobody else gets anything."),
        error_messages={"required": gettext_lazy("Enter at least one address.")},
    )

    def __init__(self, *args: Any, letter: Letter, **options: Any) -> None:
        super().__init__(*args, **options)
        self.letter = letter
        self.guests: list[User] = []

    def clean_addresses(self) -> str:
        """Each address is that of a person who may read the letter."""
        typed: str = self.cleaned_data["addresses"]
        addresses = set(typed.split())
        if len(addresses) > rehearsing.MOST:
            raise forms.ValidationError(_("Enter at most %(most)d addresses.") % {"most": rehearsing.MOST})
        self.guests, strangers = rehearsing.guests_of(self.letter, addresses)
        if strangers:
            said = _("Nobody with this address uses the portal and may read this letter: %(addresses)s")
            raise forms.ValidationError(said % {"addresses": ", ".join(strangers)})
        return typed


class CameBackForm(forms.Form):
    """What somebody learnt of a message that did not arrive."""

    reason = forms.CharField(
        label=gettext_lazy("Why did it come back?"),
        max_length=200,
        help_text=gettext_lazy("Such as: the office wrote on paper that the mailbox is closed. Leave addresses out."),
        error_messages={"required": gettext_lazy("Say why it came back.")},
    )
