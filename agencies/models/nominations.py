"""An agency is nominated for a mechanism. Until its membership begins it has neither seat nor sight by it."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies import access
from agencies.models.bodies import Agency, Chairs, Mechanism, MemberRole, Membership, names_then
from agencies.models.rows import Row, Sourced
from agencies.workflow import NOMINATE, NOMINATION, OPEN, NominationStatus
from core.access import can
from core.audit import audited
from core.dates import today


class NominationQuerySet(models.QuerySet["Nomination"]):
    """Nominations: for whoever may nominate anywhere, the nominated agency's people, and those of the mechanism's chairs."""

    def visible_to(self, user: Any) -> Self:
        """All of them, or those of one's own agencies and of the mechanisms that these chair."""
        if can(user, NOMINATE):
            return self
        if not access.reads_register(user):
            return self.none()
        mine = access.agencies_of(user, today())
        chaired = Membership.objects.chairs().on(today()).filter(agency__in=mine).values("mechanism")
        return self.filter(Q(agency__in=mine) | Q(mechanism__in=chaired))

    def open(self) -> Self:
        """Those that wait for an answer or for their first day."""
        return self.filter(status__in=OPEN)

    def for_list(self, language: str = "en") -> Self:
        """With the agency's name, by day."""
        named = self.annotate(**names_then(today(), "agency", language))
        return named.select_related("mechanism", "agency", "nominated_by", "answered_by", "seated_by", "membership")


@audited()
class Nomination(Row, Sourced):
    """An agency shall sit in a mechanism, in a role, from a day on; who nominated it, who answered, who let it begin."""

    name: str  # by for_list()
    acronym: str

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="nominations")
    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="nominations")
    role = models.CharField(_("role"), max_length=10, choices=MemberRole.choices, default=MemberRole.MEMBER)
    first = models.DateField(_("first day"))
    answer_by = models.DateField(_("answer by"))
    status = models.CharField(
        _("status"), max_length=10, choices=NominationStatus.choices, default=NominationStatus.NOMINATED
    )
    nominated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nominated_at = models.DateTimeField(_("nominated"), default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    seated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    seated_at = models.DateTimeField(_("begun"), null=True, blank=True)
    membership = models.OneToOneField(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="nomination"
    )

    objects = NominationQuerySet.as_manager()

    class Meta:
        ordering = ("-nominated_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "mechanism"),
                condition=Q(status__in=list(OPEN)),
                name="nomination_once",
                violation_error_message=_("This agency is nominated already."),
            ),
            models.CheckConstraint(
                condition=Q(status=NominationStatus.ACTIVE, membership__isnull=False)
                | ~Q(status=NominationStatus.ACTIVE) & Q(membership__isnull=True),
                name="nomination_active_has_membership",
            ),
        )
        triggers = (NOMINATION.trigger(),)

    def __str__(self) -> str:
        return f"{getattr(self, 'name', '') or self.agency}: {self.get_role_display()}"

    def get_absolute_url(self) -> str:
        """The page of this nomination."""
        return reverse("agencies:nomination", args=[self.pk])

    @property
    def chairs(self) -> Chairs:
        """Whose principals may nominate."""
        return Chairs(self.mechanism)

    def party_ids(self) -> set[uuid.UUID]:
        """The nominated agency answers it."""
        return {self.agency_id}
