"""Files with which administrators bring the register up to date."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models.rows import Row
from core.access import can
from core.audit import audited
from core.models import StoredFile


class ImportKind(models.TextChoices):
    """What a file is about."""

    AGENCIES = "agencies", _("Agencies")
    OFFICES = "offices", _("Offices")
    COORDINATORS = "coordinators", _("Resident Coordinators")


KEEPERS = {
    ImportKind.AGENCIES: "agencies.change_agency",
    ImportKind.OFFICES: "agencies.change_office",
    ImportKind.COORDINATORS: "agencies.change_office",
}


class ImportQuerySet(models.QuerySet["Import"]):
    """Imports."""

    def visible_to(self, user: Any) -> Self:
        """Those of the kinds that the person may change."""
        return self.filter(kind__in=[kind for kind, permission in KEEPERS.items() if can(user, permission)])


@audited(exclude=["preview"])
class Import(Row):
    """A file, what it would do to the register when it was last looked at, and whether that was done."""

    kind = models.CharField(_("about"), max_length=20, choices=ImportKind.choices)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    language = models.CharField(max_length=10, default="en")
    preview = models.JSONField(default=dict)
    wrong = models.PositiveIntegerField(_("rows with errors"), default=0)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(_("imported"), null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-sent_at",)

    def __str__(self) -> str:
        return self.file.name

    def get_absolute_url(self) -> str:
        """The page of this import."""
        return reverse("agencies:import", args=[self.pk])

    @property
    def state(self) -> str:
        """Imported, refused for its errors, or waiting for somebody to confirm it."""
        if self.done_at:
            return "done"
        return "wrong" if self.wrong else "open"
