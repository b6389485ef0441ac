"""Who may read what of the packs, and with whose rights a pack is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import ROLES
from core.access import can
from core.grounds import Ground, any_of
from core.sensitivity import Sensitivity

if TYPE_CHECKING:
    import uuid

VIEW, ISSUE = "briefings.view_pack", "briefings.issue_pack"
Q = TypeVar("Q", bound=models.QuerySet[Any])


class Audience(models.TextChoices):
    """For whom a pack is made."""

    MEMBERS = "members", _("All members of the mechanism")
    SECRETARIAT = "secretariat", _("The secretariat")


ROLE_OF = {Audience.MEMBERS: "observer", Audience.SECRETARIAT: "secretariat"}


@dataclass(frozen=True)
class Reader:
    """Stands for everyone of an audience: holds what its role holds everywhere, and no seat."""

    audience: str
    pk: uuid.UUID | None = None
    is_active: bool = True

    def has_perm(self, permission: str, obj: models.Model | None = None) -> bool:
        """Whether the audience's role holds the permission; an object makes no difference."""
        return permission in ROLES[ROLE_OF[Audience(self.audience)]].everywhere


def level_of(user: Any) -> Sensitivity:
    """The highest sensitivity a person may read because of a role."""
    if can(user, "core.view_strictly_confidential"):
        return Sensitivity.STRICTLY_CONFIDENTIAL
    return Sensitivity.CONFIDENTIAL if can(user, "core.view_confidential") else Sensitivity.UNCLASSIFIED


WORDS = {
    Audience.MEMBERS: _("It is made for all members: every reader of packs sees it."),
    Audience.SECRETARIAT: _("It is made for the secretariat, to which they belong."),
}


def audiences_for(user: Any) -> list[Audience]:
    """The audiences for which a person may make packs: none with wider rights than their own."""
    return list(Audience) if can(user, ISSUE) else [Audience.MEMBERS]


def grounds(user: Any) -> list[Ground]:
    """On what grounds a person sees packs: those for the members every reader of packs, others the secretariat."""
    if not can(user, VIEW):
        return []
    by = {Audience.MEMBERS: VIEW, Audience.SECRETARIAT: ISSUE}
    return [Ground(WORDS[audience], models.Q(audience=audience), by[audience]) for audience in audiences_for(user)]


def visible_packs(packs: Q, user: Any) -> Q:
    """The packs a person may see."""
    found = grounds(user)
    return packs.filter(any_of(found)) if found else packs.none()
