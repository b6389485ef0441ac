"""Silence procedures: a text that is adopted unless somebody objects by the end of a day."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Row
from core import tags
from core.audit import audited
from core.dates import long_date
from core.tags import State
from core.words import long_moment, zone_name
from taskforce.letters.models.letters import ZONES, Letter


class SilenceState(models.TextChoices):
    """How a silence procedure stands."""

    RUNNING = "running", gettext_lazy("Silence runs")
    ADOPTED = "adopted", gettext_lazy("Adopted")
    BROKEN = "broken", gettext_lazy("Silence broken")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn by a change")


class SilenceQuerySet(models.QuerySet["Silence"]):
    """Silence procedures."""

    def visible_to(self, user: Any) -> Self:
        """Those of the letters a person may see."""
        return self.filter(letter__in=Letter.objects.visible_to(user))

    def running(self) -> Self:
        """Those that may still be broken."""
        return self.filter(state=SilenceState.RUNNING)


@audited()
class Silence(Row):
    """A version of a text that is adopted at the end of a day, at its place, unless one of those asked objects before."""

    State = SilenceState

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="silences")
    text_version = models.PositiveIntegerField(gettext_lazy("version of the text"))
    ends_on = models.DateField(gettext_lazy("silence ends on"))
    time_zone = models.CharField(
        gettext_lazy("place of the end"), max_length=64, choices=ZONES.items(), default="America/New_York"
    )
    with_members = models.BooleanField(gettext_lazy("members are asked too"), default=False)
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=gettext_lazy("started by")
    )
    ended_at = models.DateTimeField(gettext_lazy("adopted, broken or withdrawn"), null=True)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        ordering = ("-text_version", "-ends_on")
        verbose_name = gettext_lazy("silence procedure")
        constraints = (
            models.UniqueConstraint(fields=("letter",), condition=Q(state="running"), name="silence_one_at_a_time"),
            models.CheckConstraint(condition=Q(state="running") ^ Q(ended_at__isnull=False), name="silence_ends_once"),
        )

    def __str__(self) -> str:
        return str(self.letter)

    @property
    def ends_at(self) -> dt.datetime:
        """The first moment after its last day, at its place."""
        return dt.datetime.combine(self.ends_on + dt.timedelta(days=1), dt.time(), ZoneInfo(self.time_zone))

    @property
    def end_in_words(self) -> str:
        """The end of its last day at its place, and for a reader elsewhere the moment that this is where they are."""
        place = zone_name(self.ends_at - dt.timedelta(seconds=1))
        there = _("the end of %(day)s (%(place)s)") % {"day": long_date(self.ends_on), "place": place}
        if timezone.get_current_timezone_name() == self.time_zone:
            return there
        return _("%(there)s; where you are, %(moment)s") % {"there": there, "moment": long_moment(self.ends_at)}


tags.register(
    "silence",
    {
        SilenceState.RUNNING: State(SilenceState.RUNNING.label, "yellow"),
        SilenceState.ADOPTED: State(SilenceState.ADOPTED.label, "green"),
        SilenceState.BROKEN: State(SilenceState.BROKEN.label, "red"),
        SilenceState.WITHDRAWN: State(SilenceState.WITHDRAWN.label, "grey"),
    },
)
