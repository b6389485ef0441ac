"""A round of confirming contacts in the sample: most agencies answered, some did not, one has no principal to answer."""

import datetime as dt

from django.utils import timezone

from agencies.confirming import ANSWER_TIME, confirm, open_round
from agencies.models import Capacity, FocalPoint, Mechanism, Round

AGO = dt.timedelta(days=16)
SILENT = 2  # of the agencies with a principal: these have not answered yet


def load_contacts() -> None:
    """Ask in the Task Force once; the answers come from the principals."""
    mechanism = Mechanism.objects.get(slug="task-force")
    if Round.objects.filter(mechanism=mechanism).exists():
        return
    on = timezone.localdate() - AGO
    asked = open_round(mechanism=mechanism, on=on, due_on=on + ANSWER_TIME, by=None)
    principals = FocalPoint.objects.on(on).filter(mechanism=mechanism, capacity=Capacity.PRINCIPAL)
    people = {seat.agency_id: seat.person for seat in principals.select_related("person")}
    answering = [one for one in asked.confirmations.order_by("agency") if one.agency_id in people]
    for number, confirmation in enumerate(answering[SILENT:], start=1):
        at = timezone.now() - AGO + dt.timedelta(days=number)
        confirm(confirmation=confirmation, corrections=[], note="", by=people[confirmation.agency_id], at=at)
