"""The sample sign-ins of a trial run. They share one password, which is no secret: the sign-in page shows it."""

import json
from pathlib import Path

from django.db.models import QuerySet

from accounts.models import NO_PASSWORD, User

PASSWORD = "only for the trial run"  # noqa: S105
SHOWN = 12


def people() -> QuerySet[User]:
    """Everyone who can use a sample sign-in."""
    able = User.objects.filter(is_sample=True, is_active=True).exclude(NO_PASSWORD)
    return able.order_by("date_joined", "email")


def sign_ins() -> list[dict[str, str]]:
    """What the sign-in page offers: `role`, `email`, `password` of each sample sign-in."""
    return [
        {"role": person.functional_title or person.name, "email": person.email, "password": PASSWORD}
        for person in people()[:SHOWN]
    ]


def write_sign_ins(path: Path) -> None:
    """The same as a JSON file, for whoever starts the trial run."""
    path.write_text(json.dumps(sign_ins(), indent=1))
