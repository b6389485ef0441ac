"""The rules that say whom a letter goes to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from agencies.models import Office, Region
from core.audit import audited
from taskforce.letters.groups import GroupKind
from taskforce.letters.models.letters import Letter
from taskforce.letters.models.parts import Part


@audited()
class GroupRule(Part):
    """One rule: offices that get the letter, or that are left out."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="groups")
    kind = models.CharField(gettext_lazy("group"), max_length=16, choices=GroupKind.choices)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    excludes = models.BooleanField(gettext_lazy("left out"), default=False)

    class Meta(Part.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("letter", "kind", "region", "office", "excludes"), nulls_distinct=False, name="group_once"
            ),
            models.CheckConstraint(
                condition=(Q(kind="region") ^ Q(region=None)) & (Q(kind="office") ^ Q(office=None)),
                name="group_names_what_it_means",
            ),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())
