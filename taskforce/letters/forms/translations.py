"""What is typed of a letter's text in a further language: one field for each thing that its main text says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from taskforce.letters import merge
from taskforce.letters.languages import written_in
from taskforce.letters.wording import Wording


class TranslationForm(forms.Form):
    """The words of a letter in a language; each field shows what the main text says in its place."""

    def __init__(self, data: Any = None, *, main: Wording, words: Wording) -> None:
        super().__init__(data, initial=dict(_cells(words)))
        self.main, self.saved, self.language = main, words, words.language
        for name, said in _cells(main):
            self.fields[name] = self._field(name, said)

    def _field(self, name: str, said: str) -> forms.CharField:
        kind, _dash, place = name.partition("-")
        own = written_in(self.language)
        rows = {"body": 22, "annex_text": 8, "invitation": 3}.get(kind, 0)
        widget = forms.Textarea(attrs={"rows": rows, **own}) if rows else forms.TextInput(attrs=own)
        return forms.CharField(
            label=self._label(kind, int(place or 0)),
            widget=widget,
            required=bool(said) and kind in REQUIRED,
            max_length=LENGTHS.get(kind),
            help_text="" if kind in LONG else said,
        )

    @staticmethod
    def _label(kind: str, number: int) -> str:
        labels = {
            "subject": _("Subject"),
            "body": _("Text"),
            "invitation": _("Invitation %(number)d"),
            "title": _("Signatory %(number)d: functional title"),
            "office": _("Signatory %(number)d: office"),
            "annex": _("Attachment %(number)d: title"),
            "annex_text": _("Attachment %(number)d: text"),
            "role": _("Contact %(number)d: role"),
        }
        return labels[kind] % {"number": number} if number else labels[kind]

    def clean_body(self) -> str:
        """The text, with every merge field known."""
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        if problems := merge.problems(body):
            raise forms.ValidationError(problems)
        return body

    def words(self) -> Wording:
        """What was typed."""
        return _wording(self.language, self.main, self.cleaned_data)

    def typed_words(self) -> Wording:
        """What was typed, also where it does not make sense yet: for a preview."""
        typed = {name: self.data.get(self.add_prefix(name), "").replace("\r\n", "\n") for name in self.fields}
        return _wording(self.language, self.main, typed)


REQUIRED = ("subject", "body", "invitation", "annex")
LONG = ("body", "annex_text")
LENGTHS = {"subject": 250, "invitation": 400, "title": 200, "office": 200, "annex": 200, "role": 200}


def _cells(words: Wording) -> Iterator[tuple[str, str]]:
    """Each thing that is said, under the name of its field."""
    yield "subject", words.subject
    yield "body", words.body
    for number, text in enumerate(words.invitations, start=1):
        yield f"invitation-{number}", text
    for number, (title, office) in enumerate(words.signatories, start=1):
        yield f"title-{number}", title
        yield f"office-{number}", office
    for number, (title, text) in enumerate(words.attachments, start=1):
        yield f"annex-{number}", title
        if text:
            yield f"annex_text-{number}", text
    for number, role in enumerate(words.contacts, start=1):
        yield f"role-{number}", role


def _wording(language: str, main: Wording, said: dict[str, str]) -> Wording:
    def each(kind: str, parts: tuple[Any, ...]) -> tuple[str, ...]:
        return tuple(said.get(f"{kind}-{number}", "").replace("\r\n", "\n") for number in range(1, len(parts) + 1))

    return Wording(
        language=language,
        subject=said.get("subject", ""),
        body=said.get("body", ""),
        invitations=each("invitation", main.invitations),
        signatories=tuple(zip(each("title", main.signatories), each("office", main.signatories), strict=True)),
        attachments=tuple(zip(each("annex", main.attachments), each("annex_text", main.attachments), strict=True)),
        contacts=each("role", main.contacts),
    )
