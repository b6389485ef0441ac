"""What changes the register and the obligations. Whoever calls has checked the right to do so."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, Mechanism, Obligation, Office


@transaction.atomic
def owe(
    *,
    kind: str,
    what: str,
    page: str,
    subject_id: uuid.UUID,
    due_on: dt.date,
    agency: Agency | None = None,
    office: Office | None = None,
    sealed: bool = False,
    seal_version: int = 1,
    mechanism: Mechanism | None = None,
    time_zone: str = "UTC",
) -> Obligation:
    """Note what a party owes; noting it again updates text and deadline, and opens it anew where it was closed."""
    owed: dict[str, Any] = {"kind": kind, "subject_id": subject_id, "agency": agency, "office": office}
    facts: dict[str, Any] = {
        "what": what,
        "page": page,
        "due_on": due_on,
        "sealed": sealed,
        "seal_version": seal_version,
        "mechanism": mechanism,
        "time_zone": time_zone,
        "closed_at": None,
        "outcome": "",
    }
    if not Obligation.objects.open().filter(**owed, due_on=due_on).exists():
        facts["noted_on"] = timezone.now().astimezone(ZoneInfo(time_zone)).date()
    obligation, _ = Obligation.objects.update_or_create(**owed, defaults=facts)
    return obligation


def settle(
    *,
    kind: str,
    subject_id: uuid.UUID,
    agency: Agency | None = None,
    office: Office | None = None,
    outcome: str = "",
) -> int:
    """Close what is owed for the subject, by one party where it is given, else by all; the number closed by this call."""
    owed = Obligation.objects.open().filter(kind=kind, subject_id=subject_id)
    if agency:
        owed = owed.filter(agency=agency)
    if office:
        owed = owed.filter(office=office)
    return owed.update(closed_at=timezone.now(), outcome=outcome)
