"""What all rows of the register share."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies import access
from core.dates import DatedQuerySet
from core.models import StoredFile


class Row(models.Model):
    """A row with a random id that may stand in a URL."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Sourced(models.Model):
    """A fact with its source in words and, where somebody filed it, the document itself. Every reader may have both."""

    source = models.CharField(_("source"), max_length=300, blank=True)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class OpenQuerySet(DatedQuerySet):
    """Facts of the register, open to everyone who may read it."""

    def visible_to(self, user: Any) -> Self:
        """Everything for whoever may read the register, else nothing."""
        return self if access.reads_register(user) else self.none()
