"""Sample requests to mark something lower: one that was met, one that waits for a second person."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from assessments.models import Assessment
from core.sensitivity import Sensitivity
from taskforce.letters.models import Letter
from taskforce.letters.sample_review import IN_REVIEW
from taskforce.markings import actions
from taskforce.markings.kinds import KINDS
from taskforce.markings.models import Lowering

NAMES_ARE_OUT = "The letter names no office any more that has not answered. Nothing in it needs protection."
CAN_BE_SHARED = "The figures on ports were published this month; members ask for the study before their next meeting."


@transaction.atomic
def load(scale: int = 1) -> None:
    """Both once, whatever the scale, where the people of the sample are."""
    house = {person.role_assignments.all()[0].role: person for person in _house()}
    asks, decides = house.get("secretariat"), house.get("secretariat_lead")
    if asks is None or decides is None or Lowering.objects.exists():
        return
    marked = {"sensitivity": Sensitivity.CONFIDENTIAL}
    to = Sensitivity.UNCLASSIFIED
    for letter in Letter.objects.filter(subject=IN_REVIEW.subject, **marked):
        asked = actions.ask(kind=KINDS["letter"], subject=letter, to=to, reason=NAMES_ARE_OUT, by=asks)
        actions.lower(asked=asked, answer="Agreed.", by=decides)
    for study in Assessment.objects.filter(**marked).order_by("title", "pk")[:1]:
        actions.ask(kind=KINDS["assessment"], subject=study, to=to, reason=CAN_BE_SHARED, by=asks)


def _house() -> list[User]:
    """The sample sign-ins with a role of the house."""
    people = User.objects.filter(is_sample=True, role_assignments__isnull=False)
    return list(people.prefetch_related("role_assignments"))
