"""A letter with its parts, as one form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Mechanism, Membership
from core.access import can
from core.forms import DatePartsField
from core.markings import MarkingMixin
from core.uploads import Upload
from taskforce.letters import merge, numbering
from taskforce.letters.documents import Annex, LetterText, Person, Signature
from taskforce.letters.languages import written_in
from taskforce.letters.models import ContactKind, Letter, Purpose

FILE_LIMIT = 3_000_000  # bytes: it goes out once for each office
SPARE = 2  # empty rows offered
TASK_FORCE = "task-force"  # whose letter it is unless another mechanism is chosen
WORDED = frozenset({"subject", "body", "text", "title", "office", "role"})  # what is said in the language of the letter
PARTS = (
    ("invitations", gettext_lazy("Invitations")),
    ("signatories", gettext_lazy("Signatories")),
    ("attachments", gettext_lazy("Attachments")),
    ("contacts", gettext_lazy("Contacts")),
)


class LetterForm(MarkingMixin, forms.ModelForm):  # type: ignore[type-arg]
    """The letter itself."""

    deadline = DatePartsField(
        label=gettext_lazy("Answers by"), required=False, help_text=gettext_lazy("For action only, such as 15 12 2026.")
    )

    class Meta:
        model = Letter
        fields = (
            "reference",
            "subject",
            "purpose",
            "deadline",
            "deadline_zone",
            "sensitivity",
            "tlp",
            "language",
            "body",
        )
        widgets = {"body": forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}), "purpose": forms.RadioSelect}
        help_texts = {
            "subject": gettext_lazy("Stands on the letter; the e-mail names only the reference."),
            "body": gettext_lazy(
                "Markdown. A word in double braces is filled in for each office, such as {{ office }}."
            ),
            "sensitivity": gettext_lazy(
                "A Confidential letter is read behind its link; the e-mail carries nothing of it. To mark a letter lower takes a "
                "second person."
            ),
        }

    def clean_reference(self) -> str:
        """A new one consists of what a file name and the subject of an e-mail can hold."""
        reference: str = self.cleaned_data["reference"]
        if reference != self.initial.get("reference") and not numbering.PLAIN.fullmatch(reference):
            raise forms.ValidationError(_("Use letters, digits, spaces and / . - _ ( ) only."))
        return reference

    def clean_subject(self) -> str:
        """On one line."""
        return " ".join(self.cleaned_data["subject"].split())

    def clean_language(self) -> str:
        """Not that of a text beside it."""
        language: str = self.cleaned_data["language"]
        if not self.instance._state.adding and self.instance.translations.filter(language=language).exists():  # noqa: SLF001
            raise forms.ValidationError(_("There is another text in this language: remove that one first."))
        return language

    def clean_body(self) -> str:
        """The text, with every merge field known."""
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        if problems := merge.problems(body):
            raise forms.ValidationError(problems)
        return body

    def clean(self) -> dict[str, Any]:
        """A letter for action has a deadline; one for information has none."""
        data = super().clean() or {}
        if data.get("purpose") == Purpose.ACTION and not data.get("deadline") and "deadline" not in self.errors:
            self.add_error("deadline", _("Give the date by which answers are asked for."))
        if data.get("purpose") == Purpose.INFORMATION:
            data["deadline"] = None
        return data


class MechanismForm(forms.Form):
    """Whose letter it is."""

    mechanism = forms.ModelChoiceField(Mechanism.objects.none(), label=gettext_lazy("Mechanism"), empty_label=None)

    def __init__(self, *args: Any, user: Any, on: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["mechanism"]
        chaired = Membership.objects.chairs().on(on).values("mechanism")
        field.queryset = Mechanism.objects.visible_to(user).on(on).filter(pk__in=chaired)
        field.initial = field.queryset.filter(slug=TASK_FORCE).first()
        self.on = on

    def next_references(self) -> str:
        """The reference that a letter of each mechanism would get, in words."""
        field: Any = self.fields["mechanism"]
        upcoming = numbering.next_references(numbering.with_patterns(field.queryset), self.on)
        return ", ".join(f"{reference} ({one.acronym or one})" for one, reference in upcoming)


class InvitationForm(forms.Form):
    """One requested action."""

    text = forms.CharField(label=gettext_lazy("Invitation"), max_length=400, required=False)


class SignatoryForm(forms.Form):
    """One signature block."""

    title = forms.CharField(label=gettext_lazy("Functional title"), max_length=200, required=False)
    office = forms.CharField(label=gettext_lazy("Office"), max_length=200, required=False)
    name = forms.CharField(label=gettext_lazy("Name, if it is to be printed"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """Title and office belong together."""
        data = super().clean() or {}
        if bool(data.get("title")) != bool(data.get("office")):
            raise forms.ValidationError(_("Give both functional title and office."))
        return data


class ContactForm(forms.Form):
    """Whom to ask."""

    role = forms.CharField(label=gettext_lazy("Role"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Place"), choices=ContactKind.choices, initial=ContactKind.HEADQUARTERS, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Role and address belong together."""
        data = super().clean() or {}
        if bool(data.get("role")) != bool(data.get("email")) and not self.errors:
            raise forms.ValidationError(_("Give both role and e-mail address."))
        return data


class AttachmentForm(forms.Form):
    """One attachment: a short text, or a PDF."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("Text"), required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text="Markdown."
    )
    upload = forms.FileField(
        label=gettext_lazy("or a PDF"), required=False, widget=forms.FileInput(attrs={"accept": "application/pdf"})
    )
    file_id = forms.CharField(required=False, widget=forms.HiddenInput)
    sha256 = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kept: Collection[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept = kept

    def clean_file_id(self) -> str:
        """Only a file that the letter has is kept: another may have been put in its place meanwhile."""
        given: str = self.cleaned_data["file_id"]
        return given if given in self.kept else ""

    def clean_text(self) -> str:
        """With plain line ends, and no book."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if problems := merge.too_long(text):
            raise forms.ValidationError(problems)
        return text

    def clean_upload(self) -> Any:
        """A PDF by its first bytes, of bearable size."""
        upload = self.cleaned_data["upload"]
        if upload is None:
            return None
        if (upload.size or 0) > FILE_LIMIT:
            raise forms.ValidationError(_("The file is larger than 3 MB. It would be sent to every office."))
        if upload.read(5) != b"%PDF-":
            raise forms.ValidationError(_("This is not a PDF."))
        upload.seek(0)
        return upload

    def clean(self) -> dict[str, Any]:
        """A title, and either a text or a file."""
        data = super().clean() or {}
        if data.get("upload"):
            data["file_id"] = data["sha256"] = ""
        given = [bool(data.get("text")), bool(data.get("upload") or data.get("file_id"))]
        if not data.get("title") and any(given):
            raise forms.ValidationError(_("Give the attachment a title."))
        if data.get("title") and sum(given) != 1 and not self.errors:
            raise forms.ValidationError(_("Give either a text or a PDF."))
        return data


def _rows(form: type[forms.Form], spare: int = SPARE) -> Any:
    return forms.formset_factory(form, extra=spare, can_order=True, max_num=40, validate_max=True)


InvitationRows = _rows(InvitationForm)
SignatoryRows = _rows(SignatoryForm, 1)
ContactRows = _rows(ContactForm, 1)
AttachmentRows = _rows(AttachmentForm, 1)


class LetterForms:
    """The form of a letter with the rows of its parts, as one thing.

    `before` is the letter's content as saved: only its own files can be kept.
    """

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        letter: Letter | None = None,
        before: LetterText,
        reader: Any = None,
    ) -> None:
        initial = {name: getattr(before, name) for name in LetterForm.Meta.fields}
        initial["deadline"] = dt.date.fromisoformat(before.deadline) if before.deadline else None
        self.before = before
        self.form = LetterForm(data, instance=letter, initial=initial)
        self.form.mark(before.sensitivity if letter else 0, keeps=lambda right: can(reader, right))
        self.invitations = InvitationRows(
            data, prefix="invitations", initial=[{"text": text} for text in before.invitations]
        )
        self.signatories = SignatoryRows(data, prefix="signatories", initial=[vars(row) for row in before.signatories])
        self.contacts = ContactRows(data, prefix="contacts", initial=[vars(row) for row in before.contacts])
        self.attachments = AttachmentRows(
            data,
            files,
            prefix="attachments",
            initial=[vars(row) for row in before.attachments],
            form_kwargs={"kept": {row.file_id for row in before.attachments if row.file_id}},
        )

        own = written_in(before.language)
        for form in (self.form, *self.invitations, *self.signatories, *self.contacts, *self.attachments):
            for name in WORDED.intersection(form.fields):
                form.fields[name].widget.attrs.update(own)

    def may_number(self, proposed: str) -> None:
        """A new letter may be without a reference: it gets the next of its mechanism, which are `proposed`, when it is saved."""
        field = self.form.fields["reference"]
        field.required = False
        field.help_text = _("Leave it empty for the next one: %(proposed)s.") % {"proposed": proposed}

    @property
    def parts(self) -> list[tuple[str, str, Any]]:
        """Each set of rows with its heading and hint."""
        return [
            (
                _("Invitations"),
                _("What the letter invites each office to do; every one is answered for itself."),
                self.invitations,
            ),
            (_("Signatories"), _("In order of protocol."), self.signatories),
            (_("Attachments"), _("They are counted on the letter and go with it."), self.attachments),
            (
                _("Contacts"),
                _("By role, at headquarters and in the field. Answers to the e-mail go to the first."),
                self.contacts,
            ),
        ]

    def is_valid(self) -> bool:
        """Whether everything makes sense; errors of rows stand in the summary as well."""
        valid = self.form.is_valid()
        for heading, _hint, rows in self.parts:
            if not rows.is_valid():
                valid = False
                for message in _messages(rows):
                    self.form.add_error(None, f"{heading}: {message}")
        return valid

    def typed_text(self) -> LetterText:
        """The content for a preview: as typed where it makes sense, else as saved."""
        if self.is_valid():
            return self.text()
        rows = [row.data.get(row.add_prefix("text"), "") for row in self.invitations.forms]
        return replace(
            self.before,
            subject=self.form.data.get("subject", ""),
            body=self.form.data.get("body", "").replace("\r\n", "\n"),
            invitations=tuple(text for text in rows if text.strip()),
        )

    def uploads(self) -> dict[int, Upload]:
        """The files that were sent, by the places of their attachments in the text."""
        sent = ((place, row.get("upload")) for place, row in enumerate(_given(self.attachments, "title")))
        return {place: Upload(file.name[-200:], "application/pdf", file.read()) for place, file in sent if file}

    def text(self) -> LetterText:
        """The content as typed. A file that was sent is only named here: `uploads` has it."""
        data = self.form.cleaned_data
        return LetterText(
            reference=data["reference"],
            subject=data["subject"],
            purpose=data["purpose"],
            body=data["body"],
            deadline=data["deadline"].isoformat() if data["deadline"] else "",
            deadline_zone=data["deadline_zone"],
            sensitivity=int(data["sensitivity"]),
            tlp=data["tlp"],
            language=data["language"],
            invitations=tuple(row["text"] for row in _given(self.invitations, "text")),
            signatories=tuple(
                Signature(row["title"], row["office"], row["name"]) for row in _given(self.signatories, "title")
            ),
            contacts=tuple(_person(row) for row in _given(self.contacts, "role")),
            attachments=tuple(self._annex(row) for row in _given(self.attachments, "title")),
            groups=self.before.groups,
        )

    def _annex(self, row: Mapping[str, Any]) -> Annex:
        title, text = row["title"], row["text"]
        kept = {annex.file_id: annex for annex in self.before.attachments if annex.file_id}
        annex = kept.get(row["file_id"])
        return Annex(title, file_id=annex.file_id, sha256=annex.sha256) if annex else Annex(title, text=text or "…")


def _person(row: Mapping[str, Any]) -> Person:
    return Person(row["role"], row["email"], row["kind"] or ContactKind.HEADQUARTERS.value)


def _given(rows: Any, key: str) -> Iterator[dict[str, Any]]:
    """The rows that are filled in, in the order their numbers say; a row without a number keeps its place."""
    filled = [row.cleaned_data for row in rows.forms if row.cleaned_data.get(key)]
    places = [data.get("ORDER") or place for place, data in enumerate(filled, start=1)]
    for _place, data in sorted(zip(places, filled, strict=True), key=lambda pair: pair[0]):
        yield data


def _messages(rows: Any) -> Iterator[str]:
    yield from rows.non_form_errors()
    for row in rows.forms:
        for errors in row.errors.values():
            yield from errors
