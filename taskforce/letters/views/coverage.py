"""Answers as data: offices × invitations, coverage by place, time to answer, who is late."""

from __future__ import annotations

from functools import partial
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.lists import Column, Empty, list_page
from taskforce.letters.coverage import coverage_of
from taskforce.letters.models import Answer, Choice, Invitation, Recipient
from taskforce.letters.views.recipients import RecipientFilter, answer_to
from taskforce.letters.views.shared import get_letter

NONE = "none"  # in the address: no answer


class MatrixFilter(RecipientFilter):
    """Filters of the offices by what they answered."""

    invitation = django_filters.ModelChoiceFilter(
        queryset=Invitation.objects.none(),
        method="as_chosen",
        label=gettext_lazy("Invitation"),
        empty_label=gettext_lazy("Any invitation"),
    )
    choice = django_filters.MultipleChoiceFilter(
        choices=[(choice.value or NONE, choice.label) for choice in Choice],
        method="answering",
        label=gettext_lazy("Answer"),
    )

    def __init__(self, *args: Any, invitations: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["invitation"].queryset = invitations

    def as_chosen(self, rows: Any, _name: str, _value: Any) -> Any:
        """An invitation alone narrows nothing: it says of which one the answer is asked for."""
        return rows

    def answering(self, rows: Any, _name: str, wanted: list[str]) -> Any:
        """Offices with one of these answers to the chosen invitation, else to any; `none`: to no such invitation."""
        if not wanted:
            return rows
        answers = Answer.objects.filter(recipient=OuterRef("pk")).exclude(choice="")
        if invitation := self.form.cleaned_data.get("invitation"):
            answers = answers.filter(invitation=invitation)
        found = Exists(answers.filter(choice__in=wanted))
        return rows.filter(found | ~Exists(answers)) if NONE in wanted else rows.filter(found)


def _columns(invitations: list[Invitation]) -> list[Column]:
    return [
        Column(
            "office",
            gettext_lazy("Office"),
            "office_name",
            link=lambda row: reverse("letters:recipient", args=[row.pk]),
            sort="office_name",
        ),
        Column("countries", gettext_lazy("Countries"), lambda row: ", ".join(row.countries), on_page=False),
        Column("region", gettext_lazy("Region"), "region", sort="region"),
        Column("state", gettext_lazy("State"), "state", tag="recipient", sort="state"),
        Column("by", gettext_lazy("Answered by"), "acknowledged_by", on_page=False),
        Column("at", gettext_lazy("Answered"), "acknowledged_at", on_page=False),
        *(column for number, one in enumerate(invitations, start=1) for column in _of_invitation(number, one)),
    ]


def _of_invitation(number: int, invitation: Invitation) -> list[Column]:
    """The answer on the page; in exports also since when, and the comment."""
    given = partial(answer_to, invitation)
    key, text = f"invitation_{number}", f"{number}. {invitation.text}"
    since, comment = _("%(number)d. Since") % {"number": number}, _("%(number)d. Comment") % {"number": number}
    return [
        Column(
            key, text, lambda row: given(row).choice, tag="answer", export=lambda row: given(row).get_choice_display()
        ),
        Column(f"{key}_since", since, lambda row: given(row).day, on_page=False),
        Column(f"{key}_comment", comment, lambda row: given(row).comment, on_page=False),
    ]


@require_GET
def answer_matrix(request: HttpRequest, pk: str) -> HttpResponse:
    """The offices of a letter, and what each answered to each invitation."""
    letter = get_letter(request, pk)
    invitations = letter.invitations.all()

    def filters(*args: Any, **options: Any) -> MatrixFilter:
        return MatrixFilter(*args, invitations=invitations, **options)

    return list_page(
        request,
        title=_("Answers to %(reference)s") % {"reference": letter.reference},
        queryset=Recipient.objects.filter(dispatch__letter=letter).latest().for_list(),
        columns=_columns(list(invitations)),
        filterset=filters,  # type: ignore[arg-type]
        empty=Empty(title=_("No answers yet"), text=_("The offices stand here when the letter is dispatched.")),
        template="letters/answers_matrix.html",
        context={"letter": letter},
        export_name=f"answers-{letter.reference.replace('/', '-')}",
    )


@require_GET
def coverage(request: HttpRequest, pk: str) -> HttpResponse:
    """How far the letter got and what came back, by place and in time."""
    letter = get_letter(request, pk)
    return render(request, "letters/answers_coverage.html", {"letter": letter, "coverage": coverage_of(letter)})
