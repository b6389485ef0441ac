"""Packs, their chosen sections, and the editions frozen from them."""

from __future__ import annotations

import uuid
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Mechanism, Row
from core.audit import audited
from core.models import Job, StoredFile
from core.sensitivity import Classified
from core.words import long_moment
from taskforce.briefings.access import Audience, level_of, visible_packs


class PackQuerySet(models.QuerySet["Pack"]):
    """Packs."""

    def visible_to(self, user: Any) -> Self:
        """Those for an audience to which the person belongs."""
        return visible_packs(self, user)

    def for_list(self, user: Any) -> Self:
        """With mechanism, and number and last day of the editions that the person may read; newest first."""
        read = models.Q(editions__sensitivity__lte=level_of(user))
        return (
            self.select_related("mechanism")
            .annotate(
                edition_count=models.Count("editions", filter=read),
                last_made=models.Max("editions__made_at", filter=read),
            )
            .order_by("-created_at", "pk")
        )


@audited()
class Pack(Row):
    """A briefing pack: what is to be told, to whom, as of which day. Editions are made from it."""

    title = models.CharField(_("title"), max_length=200)
    mechanism = models.ForeignKey(Mechanism, on_delete=models.PROTECT, related_name="packs")
    as_of = models.DateField(_("as of"))
    audience = models.CharField(_("audience"), max_length=15, choices=Audience.choices, default=Audience.MEMBERS)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PackQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def seen_by(self, user: Any) -> bool:
        """Whether the user is among those of `visible_to`."""
        return Pack.objects.visible_to(user).filter(pk=self.pk).exists()

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("briefings:detail", args=[self.pk])


@audited()
class Choice(Row):
    """A section chosen for a pack, in its place; `subject_id` is what the section is about, where it needs that."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="choices")
    place = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ("place",)
        constraints = (models.UniqueConstraint(fields=("pack", "place"), name="pack_place_once"),)


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions."""

    def visible_to(self, user: Any) -> Self:
        """Editions of visible packs, up to the sensitivity the person may read."""
        packs = Pack.objects.visible_to(user)
        return self.filter(pack__in=packs, sensitivity__lte=level_of(user))


@audited(exclude=["content"], moments={"downloaded": _("downloaded")})
class Edition(Row, Classified):
    """A pack as it was issued: frozen values and the PDF made of them. It never changes."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(_("edition"))
    content = models.JSONField()
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("pack", "number"), name="edition_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="edition_counts_from_one"),
        )
        triggers = (pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.pack}, {long_moment(self.made_at)}"

    def get_absolute_url(self) -> str:
        """Where its PDF is downloaded."""
        return reverse("briefings:download", args=[self.pk])

    def party_ids(self) -> set[uuid.UUID]:
        """An edition belongs to no agency."""
        return set()
