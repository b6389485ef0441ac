"""What a mechanism rests on: its mandate in versions, and its Terms of Reference as documents."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies import access
from agencies.models.bodies import Mechanism, Membership
from agencies.models.rows import OpenQuerySet, Row, Sourced
from core.access import can
from core.audit import audited
from core.dates import Dated, DatedQuerySet, no_overlap, today
from core.models import StoredFile
from core.sensitivity import Classified, Sensitivity


@audited()
class Mandate(Row, Dated, Sourced):
    """The text of a mechanism's mandate in one language, from a day on."""

    mechanism = models.ForeignKey(Mechanism, on_delete=models.CASCADE, related_name="mandates")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    text = models.TextField(_("text"), max_length=5000)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ("language", "-valid")
        constraints = (
            no_overlap("mandate_once", "mechanism", "language", message=_("There is another text in that time.")),
        )

    def __str__(self) -> str:
        return str(self.get_language_display())


class TermsQuerySet(DatedQuerySet):
    """Terms of Reference."""

    def visible_to(self, user: Any) -> Self:
        """Unclassified: every reader. Confidential: who sits in the mechanism, and holders of the right. Strictly: these only."""
        if not access.reads_register(user):
            return self.none()
        seen = Q(sensitivity=Sensitivity.UNCLASSIFIED)
        sits = Membership.objects.seated().on(today()).filter(agency__in=access.agencies_of(user, today()))
        seen |= Q(sensitivity=Sensitivity.CONFIDENTIAL, mechanism__in=sits.values("mechanism"))
        if can(user, "core.view_confidential"):
            seen |= Q(sensitivity=Sensitivity.CONFIDENTIAL)
        if can(user, "core.view_strictly_confidential"):
            seen |= Q(sensitivity=Sensitivity.STRICTLY_CONFIDENTIAL)
        return self.filter(seen)


@audited(moments={"read": _("read")})
class Terms(Row, Dated, Classified):
    """One version of a mechanism's Terms of Reference: a file, in force from a day on."""

    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="terms")
    number = models.CharField(_("number or symbol"), max_length=60)
    adopted_by = models.CharField(_("adopted by"), max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    objects = TermsQuerySet.as_manager()

    class Meta:
        ordering = ("-valid",)
        constraints = (no_overlap("terms_once", "mechanism", message=_("Another version is in force in that time.")),)

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Where the file is read."""
        return reverse("agencies:terms", args=[self.pk])

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`."""
        return Terms.objects.visible_to(user).filter(pk=self.pk).exists()
