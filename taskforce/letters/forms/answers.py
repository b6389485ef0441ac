"""What is typed in answer to a letter: by the office, on its behalf, or about what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Office
from core.dates import today
from core.forms import CONFLICT, UNPROCESSABLE, DatePartsField
from core.uploads import EvidenceField
from taskforce.letters.answering import Progress, Reply
from taskforce.letters.meanwhile import ChangedMeanwhile, mark_of
from taskforce.letters.models import Answer, Choice, Invitation, Letter, Recipient


class WatchedForm(forms.Form):
    """A form about answers, with the mark of those that it showed; `refused` is the status of its page with errors."""

    refused = UNPROCESSABLE
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def show_again(self, conflict: ChangedMeanwhile) -> None:
        """Say what happened meanwhile. Sent once more, what was typed replaces what stands now."""
        self.add_error(None, str(conflict))
        self.data = {name: self.data[name] for name in self.data} | {"seen": conflict.mark}
        self.refused = CONFLICT


class AnswerForm(WatchedForm):
    """Acknowledges a letter and answers its invitations: a choice, a comment and a file for each."""

    takes_files = True

    name = forms.CharField(
        label=gettext_lazy("Your name and functional title"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, invitations: list[Invitation], answers: list[Answer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.invitations = invitations
        given = {answer.invitation_id: answer for answer in answers}
        for number, invitation in enumerate(invitations, start=1):
            self._ask(number, invitation, given.get(invitation.pk))

    def _ask(self, number: int, invitation: Invitation, answer: Answer | None) -> None:
        """The fields of one invitation, with what was answered before."""
        self.fields[f"choice-{invitation.pk}"] = forms.ChoiceField(
            label=f"{number}. {invitation.text}",
            choices=Choice.choices,
            required=False,
            initial=answer.choice if answer else "",
            widget=forms.RadioSelect,
        )
        self.fields[f"comment-{invitation.pk}"] = forms.CharField(
            label=_("Comment on %(number)s") % {"number": number},
            required=False,
            max_length=4000,
            initial=answer.comment if answer else "",
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        if self.takes_files:
            self.fields[f"file-{invitation.pk}"] = EvidenceField(
                label=_("File for %(number)s") % {"number": number}, required=False
            )
        if self.takes_files and answer and answer.file_id:
            self.fields[f"drop-{invitation.pk}"] = forms.BooleanField(
                label=_("Remove the file given before"), required=False
            )

    def questions(self) -> list[list[forms.BoundField]]:
        """The fields of each invitation, in their order."""
        kinds = ("choice", "comment", "file", "drop")
        names = [[f"{kind}-{invitation.pk}" for kind in kinds] for invitation in self.invitations]
        return [[self[name] for name in own if name in self.fields] for own in names]

    def replies(self) -> dict[uuid.UUID, Reply]:
        """What was answered to each invitation."""
        return {invitation.pk: self._reply(invitation) for invitation in self.invitations}

    def _reply(self, invitation: Invitation) -> Reply:
        data = self.cleaned_data
        return Reply(
            choice=data[f"choice-{invitation.pk}"],
            comment=data[f"comment-{invitation.pk}"],
            file=data.get(f"file-{invitation.pk}"),
            drop=data.get(f"drop-{invitation.pk}", False),
        )


class RecordedAnswerForm(AnswerForm):
    """An answer that came another way, written down by the secretariat with the document that came."""

    takes_files = False

    received_by = forms.CharField(
        label=gettext_lazy("How it came in"),
        max_length=200,
        help_text=gettext_lazy("Such as: by telephone on 3 December, note of the conversation on file."),
    )
    document = EvidenceField(label=gettext_lazy("The note or scan"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("Who answered: name and functional title")


class ProgressForm(WatchedForm):
    """How far an office is with one invitation."""

    choice = forms.ChoiceField(
        label=gettext_lazy("Where it stands"), choices=Choice.choices, required=False, widget=forms.RadioSelect
    )
    day = DatePartsField(
        label=gettext_lazy("Since"), required=False, help_text=gettext_lazy("Empty: today. Such as 3 12 2026.")
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    link = forms.URLField(label=gettext_lazy("Evidence: a link"), required=False, max_length=500, assume_scheme="https")
    file = EvidenceField(label=gettext_lazy("Evidence: a file"), required=False)
    drop = forms.BooleanField(label=gettext_lazy("Remove the file given before"), required=False)

    def __init__(self, *args: Any, answer: Answer | None, **options: Any) -> None:
        names = ("choice", "day", "comment", "link")
        options["initial"] = {name: getattr(answer, name) for name in names} if answer else {}
        options["initial"]["seen"] = mark_of(answer)
        super().__init__(*args, **options)
        if answer is None or answer.file_id is None:
            del self.fields["drop"]

    def clean_day(self) -> Any:
        """Not in the future."""
        day = self.cleaned_data["day"]
        if day and day > today():
            raise forms.ValidationError(_("This day is still to come."))
        return day

    def said(self) -> Progress:
        """What was typed."""
        return Progress(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})


class ExemptForm(forms.Form):
    """Why no reply is expected of an office."""

    why = forms.CharField(
        label=gettext_lazy("Why no reply is expected"),
        max_length=300,
        help_text=gettext_lazy("Such as: answered for by the office in Suva."),
    )


class ChaseForm(forms.Form):
    """What is said to all who have not answered, besides the usual words."""

    note = forms.CharField(
        label=gettext_lazy("A few words of your own"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The e-mail names the letter, its date and the link. Nothing restricted belongs here."),
    )

    def clean_note(self) -> str:
        """With plain line ends."""
        note: str = self.cleaned_data["note"]
        return note.replace("\r\n", "\n")


class FileReplyForm(forms.Form):
    """To which office's letter a mail belongs; `recipient` is found by both."""

    letter = forms.ModelChoiceField(Letter.objects.none(), label=gettext_lazy("Letter"), empty_label=None)
    office = forms.ModelChoiceField(Office.objects.none(), label=gettext_lazy("Office"))

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sent = Letter.objects.visible_to(user).filter(dispatches__isnull=False).distinct()
        letters: Any = self.fields["letter"]
        offices: Any = self.fields["office"]
        letters.queryset = sent.order_by("-created_at")
        offices.queryset = Office.objects.filter(letters__dispatch__letter__in=sent).distinct().order_by("name")

    def clean(self) -> dict[str, Any]:
        """The office got the letter."""
        data = super().clean() or {}
        if data.get("letter") and data.get("office"):
            rows = Recipient.objects.filter(dispatch__letter=data["letter"], office=data["office"]).latest()
            data["recipient"] = rows.first()
            if data["recipient"] is None:
                self.add_error("office", _("This office did not get that letter."))
        return data
