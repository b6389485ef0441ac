"""Signings: the signature of each signatory under one version of the text."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Row
from core import tags
from core.audit import audited
from core.models import StoredFile
from core.tags import State
from taskforce.letters.models.letters import Letter
from taskforce.letters.workflow import UNSIGNED, SigningState


class Way(models.TextChoices):
    """How somebody signed."""

    PORTAL = "portal", gettext_lazy("Signed on the portal")
    PAPER = "paper", gettext_lazy("Signed on paper")


class SigningQuerySet(models.QuerySet["Signing"]):
    """Signings."""

    def visible_to(self, user: Any) -> Self:
        """Those of the letters a person may see."""
        return self.filter(letter__in=Letter.objects.visible_to(user))

    def current(self) -> Self:
        """Those under the text as it stands."""
        return self.exclude(state=SigningState.WITHDRAWN)

    def unsigned(self) -> Self:
        """Those that are still to come."""
        return self.filter(state__in=UNSIGNED)

    def for_list(self) -> Self:
        """With the people, the latest text first, in the order of protocol."""
        people = self.select_related("person", "decided_by", "scan")
        return people.order_by("-text_version", "order", "pk")


@audited()
class Signing(Row):
    """The signature of one signatory, titled as on that day. A change of the text withdraws it.

    `person` signs on the portal, for `agency`; without one the secretariat records what was signed on paper.
    `sha256` is that of the content that was signed.
    """

    State = SigningState

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="signings")
    text_version = models.PositiveIntegerField(gettext_lazy("version of the text"))
    order = models.PositiveSmallIntegerField(gettext_lazy("order"))
    title = models.CharField(gettext_lazy("functional title"), max_length=200)
    office = models.CharField(gettext_lazy("office"), max_length=200)
    name = models.CharField(gettext_lazy("name"), max_length=200, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("signs on the portal"),
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=gettext_lazy("agency")
    )
    due_on = models.DateField(gettext_lazy("sign by"), null=True)
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=State.choices, default=State.OPEN)
    way = models.CharField(gettext_lazy("way of signing"), max_length=6, choices=Way.choices, blank=True)
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    signed_on = models.DateField(gettext_lazy("signed on"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("signed or recorded by"),
    )
    decided_at = models.DateTimeField(gettext_lazy("signed or recorded"), null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    scan = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=gettext_lazy("scan")
    )

    objects = SigningQuerySet.as_manager()

    class Meta:
        ordering = ("order", "pk")
        verbose_name = gettext_lazy("signature")
        constraints = (
            models.UniqueConstraint(
                fields=("letter", "order"), condition=~Q(state="withdrawn"), name="signing_place_once"
            ),
            models.CheckConstraint(
                condition=Q(person=None, agency=None) | Q(person__isnull=False, agency__isnull=False),
                name="signing_person_of_an_agency",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(person__isnull=False, due_on__isnull=False),
                name="signing_asks_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | (Q(signed_on__isnull=False) & ~Q(way="") & ~Q(sha256="")),
                name="signing_binds_a_text",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(reason=""),
                name="signing_declined_with_a_reason",
                violation_error_message=gettext_lazy("Say why you do not sign."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}, {self.office}"

    def get_absolute_url(self) -> str:
        """Where it is signed."""
        return reverse("letters:signing", args=[self.pk])

    def party_ids(self) -> set[uuid.UUID]:
        """It belongs to the agency for which the person signs."""
        return {self.agency_id} if self.agency_id else set()


tags.register(
    "signing",
    {
        SigningState.OPEN: State(SigningState.OPEN.label, "grey"),
        SigningState.ASKED: State(SigningState.ASKED.label, "yellow"),
        SigningState.SIGNED: State(SigningState.SIGNED.label, "green"),
        SigningState.DECLINED: State(SigningState.DECLINED.label, "red"),
        SigningState.WITHDRAWN: State(SigningState.WITHDRAWN.label, "grey"),
    },
)
