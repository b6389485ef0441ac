"""What is typed and chosen for a pack, and what is brought to be verified."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agencies.models import Mechanism
from core.dates import today
from core.forms import DatePartsField
from taskforce.briefings import sections
from taskforce.briefings.access import Audience, Reader, audiences_for
from taskforce.briefings.actions import Chosen
from taskforce.briefings.sections import Section

PDF_LIMIT = 100 * 1024**2
HEX = set("0123456789abcdef")


class PackForm(forms.Form):
    """A pack: what it is called, of which day, for whom, and which sections stand in which place."""

    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("Stands on the cover."))
    mechanism = forms.ModelChoiceField(label=_("Mechanism"), queryset=Mechanism.objects.none(), empty_label=None)
    as_of = DatePartsField(
        label=_("As of"), help_text=_("Members, seats and names are shown as they were on this day.")
    )
    audience = forms.ChoiceField(
        label=_("Audience"),
        widget=forms.RadioSelect,
        help_text=_("The pack is built with the rights of its audience: what they may not see is not in it."),
    )
    language = forms.ChoiceField(label=_("Language of headings and labels"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self._field("mechanism").queryset = Mechanism.objects.visible_to(user)
        self._field("audience").choices = [(each.value, each.label) for each in audiences_for(user)]
        self.fields["as_of"].initial = today()
        self.fields["language"].initial = "en"
        self.fields["audience"].initial = Audience.MEMBERS
        self._field("mechanism").initial = Mechanism.objects.filter(slug="task-force").first()
        for place, section in enumerate(sections.every(), start=1):
            self._add(section, place)

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _add(self, section: Section, place: int) -> None:
        """The fields of one section: its place in the pack and, where it needs one, its subject."""
        count = len(sections.every())
        places = [("", _("Leave out"))] + [
            (str(number), _("Section %(n)s") % {"n": number}) for number in range(1, count + 1)
        ]
        subjects = self._subjects(section)
        usual = self._usual(section)
        offered = section.subjects is None or bool(usual)
        self.fields[f"place_{section.key}"] = forms.ChoiceField(
            label=section.label,
            help_text=section.what,
            choices=places,
            required=False,
            initial=str(place) if offered else "",
        )
        if section.subjects is not None:
            self.fields[f"subject_{section.key}"] = forms.ChoiceField(
                label=section.subject_label,
                choices=[("", _("Choose one")), *subjects],
                required=False,
                initial=usual,
            )

    def _subjects(self, section: Section) -> list[tuple[str, str]]:
        if section.subjects is None:
            return []
        return [(str(each.pk), str(each)) for each in section.subjects(self.user)]

    def _usual(self, section: Section) -> str:
        """What the section is about unless somebody chooses: the first subject that is open to all members."""
        first = section.subjects(Reader(Audience.MEMBERS)).first() if section.subjects else None
        return str(first.pk) if first else ""

    def clean(self) -> dict[str, Any]:
        """At least one section, each in a place of its own, each with its subject."""
        cleaned = super().clean() or {}
        places = [place for section in sections.every() if (place := cleaned.get(f"place_{section.key}"))]
        if not places:
            raise forms.ValidationError(_("Choose at least one section."), code="empty")
        for section in sections.every():
            self._check(section, cleaned, places)
        return cleaned

    def _check(self, section: Section, cleaned: dict[str, Any], places: list[str]) -> None:
        place = cleaned.get(f"place_{section.key}")
        if place and places.count(place) > 1:
            self.add_error(f"place_{section.key}", _("Another section has this place. Give each a place of its own."))
        if not place or section.subjects is None:
            return
        subject, audience = cleaned.get(f"subject_{section.key}"), cleaned.get("audience")
        if not subject:
            self.add_error(f"subject_{section.key}", _("Choose what this section is about, or leave the section out."))
        elif audience and not section.subjects(Reader(audience)).filter(pk=subject).exists():
            self.add_error(
                f"subject_{section.key}",
                _("The audience of the pack may not see this. Choose another, or another audience."),
            )

    def chosen(self) -> list[Chosen]:
        """The chosen sections in their order."""
        return [Chosen(section.key, subject) for section, subject in self._in_order()]

    def _in_order(self) -> list[tuple[Section, uuid.UUID | None]]:
        placed = [
            (int(place), section)
            for section in sections.every()
            if (place := self.cleaned_data.get(f"place_{section.key}"))
        ]
        return [(section, self._subject(section)) for _place, section in sorted(placed, key=lambda each: each[0])]

    def _subject(self, section: Section) -> uuid.UUID | None:
        given = self.cleaned_data.get(f"subject_{section.key}")
        return uuid.UUID(given) if given else None

    def answers(self) -> Iterator[tuple[str, str]]:
        """Audience, language and sections in words, for checking."""
        for name in ("audience", "language"):
            yield str(self.fields[name].label), str(dict(self._field(name).choices)[self.cleaned_data[name]])
        for number, (section, subject) in enumerate(self._in_order(), start=1):
            words = dict(self._subjects(section))
            about = f"\n{words[str(subject)]}" if subject else ""
            yield str(_("Section %(n)s") % {"n": number}), f"{section.label}{about}"


class VerifyForm(forms.Form):
    """The hash of a PDF, or the PDF itself."""

    sha256 = forms.CharField(
        label=_("SHA-256 of the PDF"), required=False, help_text=_("64 characters, as the list of editions shows it.")
    )
    file = forms.FileField(
        label=_("Or the PDF itself"), required=False, help_text=_("It is only read to compute its hash, and not kept.")
    )

    def clean_sha256(self) -> str:
        """The hash in small letters, without blanks."""
        given = "".join(str(self.cleaned_data["sha256"]).lower().split())
        if given and (len(given) != 64 or not set(given) <= HEX):
            raise forms.ValidationError(_("A SHA-256 has 64 characters, 0 to 9 and a to f."), code="no_hash")
        return given

    def clean_file(self) -> Any:
        """A file of a size that an edition may have."""
        file = self.cleaned_data["file"]
        if file and file.size > PDF_LIMIT:
            raise forms.ValidationError(_("The file is larger than any edition."), code="too_large")
        return file

    def clean(self) -> dict[str, Any]:
        """The hash of whichever was given."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("sha256") and not cleaned.get("file"):
            raise forms.ValidationError(_("Give the hash or the PDF."), code="empty")
        if file := cleaned.get("file"):
            digest = hashlib.sha256()
            for chunk in file.chunks():
                digest.update(chunk)
            cleaned["sha256"] = digest.hexdigest()
        return cleaned
