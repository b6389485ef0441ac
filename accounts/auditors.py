"""Those who audit the portal, and what they are told by mail: that the glass was broken, how the history stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from accounts.models import RoleAssignment, User
from accounts.roles import HOUSE_ROLES
from core import outbox
from core.dates import today

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PERMISSION = "core.view_audit"


def auditors() -> list[User]:
    """The people whose role of today lets them read the audit."""
    roles = [key for key, role in HOUSE_ROLES.items() if PERMISSION in role.everywhere]
    holders = RoleAssignment.objects.on(today()).filter(role__in=roles).values("user")
    return list(User.objects.filter(pk__in=holders, is_active=True).exclude(email=""))


def tell(key: str, subject: _StrPromise, template: str, **context: Any) -> None:
    """Queue a mail to every auditor, in their language; the same key is told once."""
    outbox.enqueue_many([_draft(auditor, key, subject, template, context) for auditor in auditors()])


def _draft(auditor: User, key: str, subject: _StrPromise, template: str, context: Mapping[str, Any]) -> outbox.Draft:
    with override(auditor.language):
        text = render_to_string(template, {**context, "portal_url": settings.PORTAL_URL})
        return outbox.Draft(key=f"audit:{key}:{auditor.pk}", to=auditor.email, subject=str(subject), text=text)
