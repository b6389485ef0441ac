"""How the letters of a mechanism are numbered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy

from agencies.models import Mechanism, Row
from core.audit import audited


@audited()
class Numbering(Row):
    """The pattern of the reference numbers of a mechanism's letters, see `letters.numbering`."""

    mechanism = models.OneToOneField(Mechanism, on_delete=models.CASCADE, related_name="numbering")
    pattern = models.CharField(gettext_lazy("pattern of reference numbers"), max_length=60)

    def __str__(self) -> str:
        return self.pattern
