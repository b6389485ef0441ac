"""Information sensitivity and TLP marking: two different things, kept in two fields.

Sensitivity follows ST/SGB/2007/6; it decides who may read inside the house. TLP 2.0 (FIRST, 2022) says how far a reader may share.
"""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sensitivity(models.IntegerChoices):
    """ST/SGB/2007/6, section 2; a larger number is more restricted."""

    UNCLASSIFIED = 0, _("Unclassified")
    CONFIDENTIAL = 1, _("Confidential")
    STRICTLY_CONFIDENTIAL = 2, _("Strictly Confidential")


class TLP(models.TextChoices):
    """Traffic Light Protocol 2.0, from the widest to the narrowest sharing."""

    CLEAR = "clear", "TLP:CLEAR"
    GREEN = "green", "TLP:GREEN"
    AMBER = "amber", "TLP:AMBER"
    AMBER_STRICT = "amber+strict", "TLP:AMBER+STRICT"
    RED = "red", "TLP:RED"


def highest(levels: Iterable[int]) -> Sensitivity:
    """The level of a whole: the highest of its parts, Unclassified when it has none."""
    return Sensitivity(max(levels, default=Sensitivity.UNCLASSIFIED))


def narrowest(markings: Iterable[str]) -> TLP:
    """The TLP marking of a whole: the narrowest of its parts, CLEAR when it has none."""
    order = list(TLP)
    return max((TLP(marking) for marking in markings), key=order.index, default=TLP.CLEAR)


class Classified(models.Model):
    """An object that can carry text and therefore carries both markings."""

    sensitivity = models.PositiveSmallIntegerField(
        _("information sensitivity"), choices=Sensitivity.choices, default=Sensitivity.UNCLASSIFIED
    )
    tlp = models.CharField(_("TLP marking"), max_length=12, choices=TLP.choices, default=TLP.GREEN)

    class Meta:
        abstract = True
