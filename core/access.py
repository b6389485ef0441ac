"""Access: the one way to fetch, and the one place that speaks to django-guardian.

- What a person may *see* is a queryset: every model that a page shows has `visible_to(user)` on its manager.
- What a person may *do* is a permission name from `accounts/roles.py`, asked with `can(user, permission, obj)`. The
  authentication backends answer it: roles hold everywhere, seats hold for the objects of one's own agency.
- A named exception ("these agencies may see this") is a grant to an agency's group, never to a person.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase
from guardian.shortcuts import assign_perm, remove_perm
from guardian.utils import get_group_obj_perms_model

from core.dates import today

if TYPE_CHECKING:
    from django.contrib.auth.models import Group

__all__ = [
    "Grant",
    "can",
    "copy_grants",
    "get_or_404",
    "given",
    "grant",
    "granted_to",
    "grants_of",
    "holders",
    "require",
    "revoke",
]

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class Visible(Protocol[M_co]):
    """A queryset or manager that knows what a person may see."""

    def visible_to(self, user: Any) -> models.QuerySet[Any]:
        """The rows the user may see."""
        ...


def can(user: Any, permission: str, obj: Any = None) -> bool:
    """Whether the user holds the permission everywhere, or on `obj` by a seat. Inactive and anonymous users hold none.

    An object that not every reader may see says so by `seen_by(user)`: on what one may not see, one holds no permission.
    """
    if not getattr(user, "is_active", False) or not getattr(obj, "seen_by", _by_all)(user):
        return False
    return bool(user.has_perm(permission) or (obj is not None and user.has_perm(permission, obj)))


def _by_all(user: Any) -> bool:
    return True


def require(user: Any, permission: str, obj: Any = None) -> None:
    """Raise PermissionDenied unless `can`."""
    if not can(user, permission, obj):
        raise PermissionDenied


def get_or_404(user: Any, permission: str, visible: Visible[Any], **lookup: Any) -> Any:
    """The one object among those the user may see; what one may not see does not exist (404).

    Seen but without `permission`: PermissionDenied (403). An empty permission asks for sight only.
    """
    try:
        obj = visible.visible_to(user).get(**lookup)
    except (models.ObjectDoesNotExist, ValidationError, ValueError):
        raise Http404 from None
    if permission:
        require(user, permission, obj)
    return obj


class Grant(GroupObjectPermissionBase):
    """A grant to an agency's group on one object, named by `content_object`; it holds to the end of the day `until`, or for good."""

    until = models.DateField(_("until"), null=True, blank=True)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True


def grant(group: Group, permission: str, obj: models.Model, until: dt.date | None = None) -> None:
    """Let an agency's group have the permission on this one object, up to a day or for good. Its row is audited by its model."""
    row: Any = assign_perm(permission, group, obj)
    if row.until != until:
        row.until = until
        row.save(update_fields=["until"])


def revoke(group: Group, permission: str, obj: models.Model) -> None:
    """Take the grant back."""
    remove_perm(permission, group, obj)


def granted_to(groups: models.QuerySet[Group], permission: str, model: type[models.Model]) -> models.QuerySet[Any]:
    """The ids of the objects of `model` on which any of `groups` holds the permission, as a subquery."""
    codename = permission.rpartition(".")[2]
    return _holding(model).filter(group__in=groups, permission__codename=codename).values("content_object_id")


def holders(permission: str, obj: models.Model) -> models.QuerySet[Any]:
    """The ids of the groups that hold a grant on `obj`."""
    codename = permission.rpartition(".")[2]
    return _holding(type(obj)).filter(content_object=obj, permission__codename=codename).values("group_id")


def grants_of(group: Group) -> list[Any]:
    """Every grant to an agency's group, on objects of any model."""
    kinds = [model for model in apps.get_models() if issubclass(model, Grant)]
    return [row for model in kinds for row in model._default_manager.filter(group=group)]


def copy_grants(source: Group, target: Group) -> list[models.Model]:
    """Give one group what was granted to the other by name; the grants that are new."""
    made = []
    for row in grants_of(source):
        same: dict[str, Any] = {"permission": row.permission, "content_object": row.content_object}
        copy, is_new = type(row)._default_manager.get_or_create(group=target, **same, defaults={"until": row.until})
        made += [copy] if is_new else []
    return made


def given(permission: str, obj: models.Model) -> list[tuple[int, dt.datetime, str]]:
    """When and by whom sight of `obj` was given: id of the group, moment, id of the person or empty for the portal itself."""
    codename = permission.rpartition(".")[2]
    found = []
    rows = _holding(type(obj)).filter(content_object=obj, permission__codename=codename)
    for one in rows.prefetch_related("events"):
        first = min(one.events.all(), key=lambda event: event.pgh_created_at)
        found.append((one.group_id, first.pgh_created_at, str((first.pgh_context or {}).get("user", ""))))
    return found


def _holding(model: Any) -> models.QuerySet[Any]:
    """The grants on objects of a model that hold today; its direct foreign-key permission model keeps them."""
    grants = get_group_obj_perms_model(model)._default_manager
    return grants.filter(models.Q(until=None) | models.Q(until__gte=today()))
