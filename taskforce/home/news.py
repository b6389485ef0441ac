"""What changed since a moment, as far as the reader may see it: each source is one query of at most FEW rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.moments import SIGNED_IN
from assessments.models import Cell, Contribution, ForecastChange
from taskforce.briefings.models import Edition
from taskforce.home.documents import News
from taskforce.letters.models import Dispatch, Letter, Recipient

if TYPE_CHECKING:
    from accounts.models import User

FEW = 10
WINDOW = dt.timedelta(days=14)  # how far back a first visit looks


def last_visit(user: User) -> tuple[dt.datetime, bool]:
    """When the reader signed in the time before this one, and whether this is their first time."""
    events = apps.get_model("accounts", "UserEvent")._default_manager.filter(pgh_obj=user, pgh_label=SIGNED_IN)
    before = events.order_by("-pgh_created_at").values_list("pgh_created_at", flat=True)[1:2]
    found: dt.datetime | None = next(iter(before), None)
    return (found, False) if found else (timezone.now() - WINDOW, True)


def since(user: User, moment: dt.datetime) -> list[News]:
    """The news, the newest first."""
    sources = (_dispatches, _acknowledgements, _editions, _forecasts, _contributions, _answers)
    found = [news for source in sources for news in source(user, moment)]
    return sorted(found, key=lambda news: news.at, reverse=True)[:FEW]


def _dispatches(user: User, moment: dt.datetime) -> Iterator[News]:
    sent: Any = Dispatch.objects.filter(started_at__gt=moment, letter__in=Letter.objects.visible_to(user))
    for one in sent.select_related("letter").annotate(n=Count("recipients")).order_by("-started_at")[:FEW]:
        words = ngettext("A letter was sent to %(n)d office", "A letter was sent to %(n)d offices", one.n)
        yield News(
            at=one.started_at,
            what=words % {"n": one.n},
            url=reverse("letters:detail", args=[one.letter_id]),
            about=str(one.letter),
        )


def _acknowledgements(user: User, moment: dt.datetime) -> Iterator[News]:
    """One line for each letter, however many offices answered."""
    answered = Recipient.objects.visible_to(user).filter(acknowledged_at__gt=moment)
    groups = answered.values("dispatch__letter").annotate(n=Count("pk"), at=Max("acknowledged_at")).order_by("-at")
    rows = list(groups[:FEW])
    letters = Letter.objects.in_bulk([row["dispatch__letter"] for row in rows])
    for row in rows:
        words = ngettext("%(n)d office acknowledged a letter", "%(n)d offices acknowledged a letter", row["n"])
        yield News(
            at=row["at"],
            what=words % {"n": row["n"]},
            url=reverse("letters:recipients", args=[row["dispatch__letter"]]),
            about=str(letters[row["dispatch__letter"]]),
        )


def _editions(user: User, moment: dt.datetime) -> Iterator[News]:
    made = Edition.objects.visible_to(user).filter(made_at__gt=moment).select_related("pack")
    for one in made.order_by("-made_at")[:FEW]:
        what = _("Edition %(n)d of a briefing pack was made") % {"n": one.number}
        yield News(at=one.made_at, what=what, url=one.pack.get_absolute_url(), about=one.pack.title)


def _forecasts(user: User, moment: dt.datetime) -> Iterator[News]:
    changes = ForecastChange.objects.visible_to(user).filter(at__gt=moment).select_related("assessment", "by")
    for change in changes.order_by("-at")[:FEW]:
        yield News(
            at=change.at,
            what=_("%(assessment)s is now expected in %(date)s")
            % {"assessment": change.assessment, "date": change.after},
            url=reverse("assessments:detail", args=[change.assessment_id]),
            about=change.reason,
        )


def _contributions(user: User, moment: dt.datetime) -> Iterator[News]:
    received = Contribution.objects.visible_to(user).filter(submitted_at__gt=moment).for_list()
    for one in received.select_related("assessment").order_by("-submitted_at")[:FEW]:
        yield News(
            at=one.submitted_at or moment,
            what=_("%(agency)s handed in its contribution") % {"agency": one.agency_name},
            url=reverse("assessments:contribution", args=[one.pk]),
            about=str(one.assessment),
        )


def _answers(user: User, moment: dt.datetime) -> Iterator[News]:
    """One line for each assessment, however many of its questions were answered."""
    cells = Cell.objects.visible_to(user).filter(updated_at__gt=moment, updated_by__isnull=False)
    groups = cells.values("flow__assessment", "flow__assessment__title").annotate(n=Count("pk"), at=Max("updated_at"))
    for group in groups.order_by("-at")[:FEW]:
        words = ngettext("%(n)d answer was written", "%(n)d answers were written", group["n"]) % {"n": group["n"]}
        yield News(
            at=group["at"],
            what=words,
            url=reverse("assessments:detail", args=[group["flow__assessment"]]),
            about=group["flow__assessment__title"],
        )
