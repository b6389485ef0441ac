"""The six questions that every regional assessment answers for every flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Question:
    """One question: its number, a short name for columns, and its full text."""

    number: int
    short: str | _StrPromise
    text: str | _StrPromise
    emphasised: bool = False


QUESTIONS = (
    Question(1, _("Market"), _("What is the nature of the market?")),
    Question(2, _("Method"), _("How is the trafficking conducted?")),
    Question(3, _("Traffickers"), _("Who are the traffickers?")),
    Question(4, _("Money"), _("How is the money handled?")),
    Question(5, _("Size"), _("How large is the flow, in US dollars a year?")),
    Question(6, _("Implications"), _("What does it imply for the response?"), emphasised=True),
)
NUMBERS = tuple(question.number for question in QUESTIONS)
BY_NUMBER = {question.number: question for question in QUESTIONS}
