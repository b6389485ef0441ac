"""What is typed about a mechanism: its facts, mandate, milestones and Terms of Reference."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.forms import DatedForm, TakeOverForm
from agencies.models import Mandate, Mechanism, Milestone, Terms
from agencies.sources import SourceFields
from core.dates import DatedQuerySet, Precision
from core.forms import FuzzyDateField

KNOWN = _("Leave the day, or day and month, empty where they are not known.")
RESERVED = ("add",)


class FuzzyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row with a date of known precision; `fuzzy` names the property, the date column and the one of the precision."""

    fuzzy = ("date", "day", "precision")

    def __init__(self, *args: Any, **options: Any) -> None:
        if row := options.get("instance"):
            options["initial"] = {"when": getattr(row, self.fuzzy[0]), **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """The date and how much of it is known."""
        answers = super().clean() or self.cleaned_data
        if "when" in answers:
            when = answers["when"]
            setattr(self.instance, self.fuzzy[1], when.day if when else None)
            setattr(self.instance, self.fuzzy[2], when.precision if when else Precision.DAY)
        return answers


class MechanismForm(DatedForm, FuzzyForm):
    """A mechanism: what it is called, who set it up and when, and how long the register knows it."""

    fuzzy = ("set_up", "since", "since_precision")
    when = FuzzyDateField(label=_("Set up on"), help_text=KNOWN, required=False)

    class Meta:
        model = Mechanism
        fields = ("name", "acronym", "slug", "authority", "source")
        help_texts = {"slug": _("Its part of the address of its page: small letters, digits and hyphens.")}

    field_order = ("name", "acronym", "slug", "authority", "when", "first", "last", "source")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.instance._state.adding:  # noqa: SLF001 - links that people keep must not break
            del self.fields["slug"]

    def clean_slug(self) -> str:
        """Not the word of another page."""
        slug: str = self.cleaned_data["slug"]
        if slug in RESERVED:
            raise ValidationError(_("This word is the address of another page."))
        return slug


class MandateForm(SourceFields, TakeOverForm):
    """A text of the mandate from a day on; the one before it in that language ends the day before."""

    class Meta:
        model = Mandate
        fields = ("text", "language", "source")
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}

    field_order = ("text", "language", "first", "last", "source", "upload")

    def rivals(self) -> DatedQuerySet:
        """The other texts in the language."""
        return Mandate.objects.filter(
            mechanism=self.instance.mechanism_id, language=self.cleaned_data.get("language")
        ).exclude(pk=self.instance.pk)


class MilestoneForm(FuzzyForm):
    """A step in the recognition or life of a mechanism."""

    when = FuzzyDateField(label=_("When"), help_text=KNOWN, required=False)

    class Meta:
        model = Milestone
        fields = ("what", "note", "source")
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    field_order = ("when", "what", "note", "source")


class TermsForm(SourceFields, TakeOverForm):
    """A version of the Terms of Reference; the one before it ends the day before. A hidden one is not named."""

    class Meta:
        model = Terms
        fields = ("number", "adopted_by", "sensitivity", "tlp")

    field_order = ("number", "adopted_by", "first", "last", "sensitivity", "tlp", "upload")

    def __init__(self, *args: Any, by: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.by = by
        self.fields["first"].label = _("In force from")
        self.fields["upload"].label = _("File")
        self.fields["upload"].help_text = _("Whoever may see Terms of this sensitivity can download it.")
        self.fields["upload"].required = not self.data.get("kept")

    def clean(self) -> dict[str, Any]:
        """Terms without a file are none."""
        answers = super().clean() or self.cleaned_data
        if not answers.get("upload") and not answers.get("kept") and "upload" not in self.errors:
            self.add_error("upload", self.fields["upload"].error_messages["required"])
        return answers

    def refuse_clashes(self) -> None:
        """No other version may be in force in the period; one that the person may not see is not named."""
        other: Any = self.clash()
        if other and not other.seen_by(self.by):
            self.add_error("first", _("Another version is in force in that time."))
        else:
            super().refuse_clashes()

    def rivals(self) -> DatedQuerySet:
        """The other versions."""
        return Terms.objects.filter(mechanism=self.instance.mechanism_id).exclude(pk=self.instance.pk)
