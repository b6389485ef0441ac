"""The portal's components, known to every template (no `load` needed). `/system/components/` shows them all.

Forms      {{ form }} or {% field form.name %} · {% error_summary form %} · {% button _("Save") %}
           {% button _("Withdraw") kind="warning" name="move" value="withdraw" %} · {% link_button url _("New letter") %}
           {% post_button url _("Acknowledge") %}: a whole form with its token and one button
Words      {% tag "letter" letter.status %} · {% tlp object.tlp %} · {% code "UNODC" %} · {% date day %} · {% moment at %}
           {% deadline at on=today %} · {% period row.first_day row.last_day %} · {% none "No answer yet" %}
Blocks     {% summary_list %}{% summary_row _("Name") change=url %}…{% endsummary_row %}{% endsummary_list %}
           {% task_list %}{% task _("Check the text") url "done" hint=… %}{% endtask_list %}
           {% banner "good" title=… %}…{% endbanner %} · {% scroller _("Members") %}<table class="govuk-table">…{% endscroller %}
           {% empty _("No letters yet") %}…{% endempty %} · {% card _("Title") %}…{% endcard %}
Navigation {% nav_item "/agencies/" _("Agencies") %} · {% crumb label url %} in block breadcrumbs
           {% tab url _("History") %} inside <ul class="portal-tabs">
Pictures   {% gantt chart %} · {% heat_map map %} · {% area_map map %}    (core.charts)
Facts      {% history changes %} (core.history.History) · {% progress job %} · {% as_of_banner as_of %} (core.dates.AsOf)
           {% sensitivity object %} in block sensitivity
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms, template
from django.core.exceptions import ObjectDoesNotExist
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from core import kept, tags, words
from core.dates import FuzzyDate, long_date
from core.sensitivity import TLP, Sensitivity

if TYPE_CHECKING:
    from django.template import RequestContext

    from core.charts import AreaMap, Gantt, HeatMap
    from core.dates import AsOf
    from core.history import History
    from core.models import Job

register = template.Library()


# Forms


@register.simple_tag
def field(bound: forms.BoundField) -> SafeString:
    """A field through the one partial."""
    return bound.as_field_group()


@register.inclusion_tag("includes/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """What is wrong, at the top of the page, each with a link to its field."""
    if not isinstance(form, forms.BaseForm) or not form.is_bound:
        return {"errors": []}
    errors: list[tuple[str, Any, Any]] = [("", "", error) for error in form.non_field_errors()]
    for name in form.errors:
        if name in form.fields:
            bound = form[name]
            errors += [(_anchor(bound), bound.label, error) for error in bound.errors]
    return {"errors": errors}


def _anchor(bound: forms.BoundField) -> str:
    """The id of the first control of a field."""
    if isinstance(bound.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return f"{bound.auto_id}_0"
    return bound.field.widget.id_for_label(str(bound.auto_id)) or str(bound.auto_id)


@register.inclusion_tag("includes/button.html")
def button(label: str, kind: str = "", **attributes: str) -> dict[str, Any]:
    """A submit button; `kind` is empty, `secondary` or `warning`. Pressed twice it sends once."""
    return {"label": label, "kind": kind, "attributes": attributes}


@register.inclusion_tag("includes/link_button.html")
def link_button(url: str, label: str, kind: str = "") -> dict[str, Any]:
    """A link that looks like a button: it leads to a form, it changes nothing."""
    return {"url": url, "label": label, "kind": kind}


@register.inclusion_tag("includes/post_button.html", takes_context=True)
def post_button(context: RequestContext, url: str, label: str, kind: str = "", **values: str) -> dict[str, Any]:
    """One button that posts to `url`, with `values` as hidden fields."""
    return {"url": url, "label": label, "kind": kind, "values": values, "csrf_token": context.get("csrf_token")}


# Words


@register.inclusion_tag("includes/tag.html")
def tag(kind: str, value: object) -> dict[str, Any]:
    """The status tag of a state."""
    return {"state": tags.state(kind, value)}


@register.simple_tag
def tlp(value: str) -> SafeString:
    """A TLP marking as its standard writes it."""
    marking = TLP(value)
    return format_html(
        '<span class="portal-tlp portal-tlp--{}">{}</span>', marking.value.replace("+", "-"), marking.label
    )


@register.simple_tag
def code(text: object) -> SafeString:
    """A code, number or Latin name that keeps its direction in any text."""
    return format_html("<bdi>{}</bdi>", text)


register.simple_tag(words.comma)
register.filter("told", kept.told)


@register.simple_tag
def date(day: dt.date | FuzzyDate | None) -> SafeString:
    """21 November 2026, or as much of it as is known."""
    if day is None:
        return none()
    if isinstance(day, FuzzyDate):
        stamp = day.day.isoformat()[: {"day": 10, "month": 7, "year": 4}[day.precision]]
        return format_html('<time datetime="{}">{}</time>', stamp, str(day))
    day = timezone.localtime(day).date() if isinstance(day, dt.datetime) else day
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), long_date(day))


@register.simple_tag
def moment(at: dt.datetime | None) -> SafeString:
    """A moment in the reader's zone, which is named."""
    if at is None:
        return none()
    return format_html(
        '<time datetime="{}">{}</time>', at.astimezone(dt.UTC).isoformat(timespec="minutes"), words.long_moment(at)
    )


@register.inclusion_tag("includes/deadline.html")
def deadline(at: dt.date | dt.datetime, on: dt.date | None = None, zone: str = "") -> dict[str, Any]:
    """By when, with its zone, and how many days are left or gone on the day `on`.

    A day that ends at a place says so by `zone`, such as "Asia/Bangkok": its days are counted there and the place is named.
    """
    day = timezone.localtime(at).date() if isinstance(at, dt.datetime) else at
    there = ZoneInfo(zone) if zone else None
    days = (day - (on or timezone.localdate(timezone=there))).days
    place = words.zone_name(dt.datetime.combine(day, dt.time(23, 59), there)) if there else ""
    return {"at": at, "timed": isinstance(at, dt.datetime), "days": days, "late": -days, "place": place}


@register.simple_tag
def period(first: dt.date | None, last: dt.date | None) -> str:
    """A period, its last day included."""
    return words.period(first, last)


@register.simple_tag
def none(text: str = "") -> SafeString:
    """Where nothing stands: says so in words."""
    return format_html('<span class="portal-soft">{}</span>', text or _("Not given"))


# Blocks


@register.simple_block_tag
def summary_list(content: SafeString) -> SafeString:
    """Facts of one thing, one below the other."""
    return format_html('<dl class="govuk-summary-list">{}</dl>', content)


@register.simple_block_tag
def summary_row(content: SafeString, key: str, change: str = "", action: str = "") -> SafeString:
    """One fact, with a link to change it where one may."""
    link = SafeString("")
    if change:
        link = format_html(
            '<dd class="govuk-summary-list__actions"><a class="govuk-link" href="{}">{}'
            '<span class="govuk-visually-hidden"> {}</span></a></dd>',
            change,
            action or _("Change"),
            str(key).lower() if str(key).istitle() else key,
        )
    return format_html(
        '<div class="govuk-summary-list__row{}"><dt class="govuk-summary-list__key">{}</dt>'
        '<dd class="govuk-summary-list__value">{}</dd>{}</div>',
        "" if change else " govuk-summary-list__row--no-actions",
        key,
        content,
        link,
    )


@register.simple_block_tag
def task_list(content: SafeString) -> SafeString:
    """Work to do in any order."""
    return format_html('<ul class="govuk-task-list">{}</ul>', content)


@register.inclusion_tag("includes/task.html")
def task(name: str, url: str = "", state: str = "todo", hint: str = "", kind: str = "task") -> dict[str, Any]:
    """One piece of work: verb first; its state at the end of the row."""
    return {"name": name, "url": url, "state": tags.state(kind, state), "done": state == "done", "hint": hint}


@register.simple_block_tag
def banner(content: SafeString, kind: str = "", title: str = "", role: str = "") -> SafeString:
    """Something to know before the rest: `good`, `warn`, `bad` or plain."""
    heading = format_html('<p class="portal-banner__title">{}</p>', title) if title else SafeString("")
    attribute = format_html(' role="{}"', role) if role else SafeString("")
    look = f" portal-banner--{kind}" if kind else ""
    return format_html('<div class="portal-banner{}"{}>{}{}</div>', look, attribute, heading, content)


@register.simple_block_tag
def scroller(content: SafeString, label: str) -> SafeString:
    """A frame in which a wide table scrolls, also by keyboard."""
    return format_html('<div class="portal-scroll" role="region" aria-label="{}" tabindex="0">{}</div>', label, content)


@register.simple_block_tag
def empty(content: SafeString, title: str) -> SafeString:
    """Nothing here yet: what is missing and what to do."""
    return format_html('<div class="portal-empty"><p class="portal-empty__title">{}</p>{}</div>', title, content)


@register.simple_block_tag
def card(content: SafeString, title: str = "", kind: str = "") -> SafeString:
    """A framed part of a dashboard."""
    heading = format_html('<h2 class="govuk-heading-m">{}</h2>', title) if title else SafeString("")
    return format_html(
        '<section class="portal-card{}">{}{}</section>', f" portal-card--{kind}" if kind else "", heading, content
    )


# Navigation


@register.inclusion_tag("includes/nav_item.html", takes_context=True)
def nav_item(context: RequestContext, path: str, label: str) -> dict[str, Any]:
    """One entry of the navigation; absent as long as the portal has no such page."""
    here = context["request"].path if "request" in context else ""
    current = here == path or (path != "/" and here.startswith(path))
    return {"path": path, "label": label, "current": current, "exact": here == path, "exists": _exists(path)}


@register.inclusion_tag("includes/tab.html", takes_context=True)
def tab(context: RequestContext, path: str, label: str) -> dict[str, Any]:
    """One tab of an object: a link to a page of its own."""
    return {"path": path, "label": label, "current": context["request"].path == path}


@register.simple_tag
def crumb(label: str, url: str = "") -> SafeString:
    """One step of the way down to this page."""
    inner = format_html('<a class="govuk-breadcrumbs__link" href="{}">{}</a>', url, label) if url else label
    return format_html(
        '<li class="govuk-breadcrumbs__list-item"{}>{}</li>', "" if url else mark_safe(' aria-current="page"'), inner
    )


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


# Pictures and facts


@register.inclusion_tag("includes/gantt.html")
def gantt(chart: Gantt) -> dict[str, Any]:
    """A schedule, for page and PDF."""
    return {"chart": chart, "mirrored": get_language_bidi()}


@register.inclusion_tag("includes/heat_map.html")
def heat_map(chart: HeatMap) -> dict[str, Any]:
    """A heat map, for page and PDF."""
    return {"chart": chart}


@register.inclusion_tag("includes/area_map.html")
def area_map(chart: AreaMap) -> dict[str, Any]:
    """A map, beside the table that says the same."""
    return {"chart": chart}


@register.inclusion_tag("includes/history.html")
def history(changes: History, caption: str = "") -> dict[str, Any]:
    """One page of what happened to an object, newest first."""
    return {"history": changes, "caption": caption or _("History")}


@register.inclusion_tag("includes/progress.html", takes_context=True)
def progress(context: RequestContext, job: Job, url: str = "", cancel_url: str = "") -> dict[str, Any]:
    """How far long work is; `url` answers with this part alone and is asked every two seconds, `cancel_url` takes a POST.

    A page without script loads itself again: `{% include "includes/refresh.html" %}` in block extra_head.
    """
    return {"job": job, "url": url, "cancel_url": cancel_url, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("includes/as_of.html", takes_context=True)
def as_of_banner(context: RequestContext, as_of: AsOf) -> dict[str, Any]:
    """The day that a register shows, with a control to choose another."""
    others = [
        (name, value) for name, value in context["request"].GET.items() if name not in ("as_of", "page", "format")
    ]
    return {"as_of": as_of, "path": context["request"].path, "others": others}


@register.inclusion_tag("includes/sensitivity.html")
def sensitivity(obj: Any) -> dict[str, Any]:
    """The strip of a restricted page; nothing where the object is unclassified and may be shared freely."""
    try:
        level, marking = Sensitivity(obj.sensitivity), TLP(obj.tlp)
    except (AttributeError, ObjectDoesNotExist):
        return {"restricted": False}
    restricted = level > Sensitivity.UNCLASSIFIED or marking not in (TLP.CLEAR, TLP.GREEN)
    return {"restricted": restricted, "level": level, "marking": marking}
