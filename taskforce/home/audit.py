"""The audit: what happened anywhere in the portal, who did it, and whether the history is as it was written. Auditors only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import moments
from accounts.current import person
from accounts.models import User
from core.access import require
from core.audit import WORDS, note
from core.chain import histories
from core.export import WRITERS, attachment
from core.forms import UNPROCESSABLE
from core.lists import PER_PAGE, Listing
from core.models import Link, Verification
from core.trail import Entry, entries

BATCH = 500  # lines of an export that are read at a time
HEADS = (
    _("When (UTC)"),
    _("What"),
    _("Kind"),
    _("Object"),
    _("Identifier"),
    _("Who"),
    _("Address"),
    _("Note"),
    _("Changes"),
)


def _kinds() -> list[tuple[str, str]]:
    """The histories by what they are about."""
    found = ((table, capfirst(event.pgh_tracked_model._meta.verbose_name)) for table, event in histories().items())  # type: ignore[attr-defined]
    return sorted(found, key=lambda kind: kind[1].casefold())


def _words() -> list[tuple[str, Any]]:
    return sorted(WORDS.items(), key=lambda word: str(word[1]).casefold())


def _day(label: Any, lookup: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        field_name="at", lookup_expr=lookup, label=label, widget=forms.DateInput(attrs={"type": "date"})
    )


class TrailFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Who, what kind of object, which one, what happened, from when to when."""

    who = django_filters.CharFilter(method="by_person", label=_("Who: name or address contains"))
    kind = django_filters.ChoiceFilter(field_name="history", choices=_kinds, label=_("Kind of object"))
    what = django_filters.ChoiceFilter(field_name="label", choices=_words, label=_("What happened"))
    first = _day(_("From"), "date__gte")
    last = _day(_("To"), "date__lte")
    object = django_filters.CharFilter(field_name="object", label=_("Identifier of the object"))

    class Meta:
        model = Link
        fields: list[str] = []

    def by_person(self, rows: QuerySet[Link], _name: str, value: str) -> QuerySet[Link]:
        """What people did whose name or address contains the text."""
        people = User.objects.filter(Q(name__icontains=value) | Q(email__icontains=value)).values_list("pk", flat=True)
        return rows.filter(by__in=[str(pk) for pk in people])


class Trail(Listing):
    """A list that is paged by where the page before ended, however long it is; it counts nothing."""

    @cached_property
    def rows(self) -> QuerySet[Link]:
        """The newest first."""
        found: QuerySet[Link] = (self.filterset.qs if self.filterset else self.queryset).order_by("-pk")
        return found

    @cached_property
    def links(self) -> list[Link]:
        """Those of this page, and one more if there is an older one."""
        before = self.request.GET.get("before", "")
        rows = self.rows.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else self.rows
        return list(rows[: PER_PAGE + 1])

    @cached_property
    def lines(self) -> list[tuple[Entry, str]]:
        """The lines of this page, each with the address of its object if the reader may see it."""
        found = entries(self.links[:PER_PAGE], self.request.user)
        return [(entry, address_of(entry.object) if entry.object else "") for entry in found]

    def older_url(self) -> str:
        """Where the list goes on."""
        return self._url(before=str(self.links[PER_PAGE - 1].pk)) if len(self.links) > PER_PAGE else ""

    def newest_url(self) -> str:
        """Back to the beginning, on a later page."""
        return self._url(before=None) if "before" in self.request.GET else ""


@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """The audit, or with `?format=csv|xlsx` what its filter finds as a file; saving it is audited as well."""
    require(request.user, "core.view_audit")
    rows = Link.objects.all()
    found = Trail(request, _("Audit"), rows, (), TrailFilter(request.GET, queryset=rows, request=request))
    wanted = request.GET.get("format", "")
    if wanted in WRITERS and found.valid:
        note(person(request), moments.AUDIT_SAVED, by=person(request), page=request.get_full_path())
        name = f"audit-{dt.datetime.now(dt.UTC).date()}"
        return attachment(wanted, name, [str(head) for head in HEADS], _lines(found.rows, request.user))
    context = {"listing": found, "verified": Verification.objects.order_by("-at").first()}
    return render(request, "home/audit.html", context, status=200 if found.valid else UNPROCESSABLE)


def address_of(one: Any) -> str:
    """The page of an object, or of what it belongs to; empty if there is none."""
    if isinstance(one, User):
        return reverse("people:detail", args=[one.pk])
    if hasattr(one, "get_absolute_url"):
        return str(one.get_absolute_url())
    owners = (getattr(one, field.name) for field in one._meta.concrete_fields if field.is_relation)
    return next(
        (address_of(owner) for owner in owners if isinstance(owner, User) or hasattr(owner, "get_absolute_url")), ""
    )


def _lines(rows: QuerySet[Link], reader: Any) -> Iterator[Sequence[Any]]:
    """The rows of an export."""
    batch: list[Link] = []
    for link in rows.iterator(chunk_size=BATCH):
        batch.append(link)
        if len(batch) == BATCH:
            yield from map(_line, entries(batch, reader))
            batch = []
    yield from map(_line, entries(batch, reader))


def _line(entry: Entry) -> Sequence[Any]:
    said = "; ".join(f"{name}: {pair[0]} → {pair[1]}" if pair else name for name, pair in entry.what.items())
    name = "" if entry.object is None else str(entry.object)
    return (entry.at, entry.word, entry.kind, name, entry.link.object, entry.by, entry.address, entry.note, said)
