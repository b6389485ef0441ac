"""List pages: a filter panel with removable chips, sort marks, count, pages, an honest empty state and a safe export.

A view declares its columns and calls `list_page`; everything the reader chose stands in the URL:

    COLUMNS = [
        Column("name", _("Agency"), "name", link=lambda agency: agency.get_absolute_url(), sort="name"),
        Column("status", _("Status"), "status", tag="letter", sort="status"),
        Column("members", _("Members"), "member_count", sort=("member_count", "name"), numeric=True),
    ]

    def agency_list(request):
        agencies = Agency.objects.visible_to(request.user).for_list()
        return list_page(request, title=_("Agencies"), queryset=agencies, columns=COLUMNS, filterset=AgencyFilter)

The number of queries does not grow with the rows as long as `queryset` loads what the columns read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Manager, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import tags
from core.audit import note_reading
from core.dates import long_date
from core.export import WRITERS, attachment
from core.forms import UNPROCESSABLE
from core.sensitivity import Classified
from core.words import long_moment

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

PER_PAGE = 50
Wish = str | tuple[str, ...] | None  # what becomes of a parameter of the URL: see `url_with`


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what stands in it, how it sorts.

    `key` names it in `?sort=` and in an export; `value` is an attribute path or a function of the row; `sort` names the
    ORM fields it sorts by (none: it does not sort); `tag` is the kind whose status tag is drawn; `sub` gives a second,
    softer line; `export` replaces the value in exports; `on_page=False` keeps a column for exports only.
    """

    key: str
    label: Text
    value: str | Callable[[Any], Any]
    link: Callable[[Any], str] | None = None
    sort: str | tuple[str, ...] = ()
    tag: str = ""
    sub: str | Callable[[Any], Any] | None = None
    numeric: bool = False
    code: bool = False
    export: str | Callable[[Any], Any] | None = None
    on_page: bool = True

    def ordering(self, *, descending: bool) -> list[str]:
        """The ORM ordering of this column."""
        names = (self.sort,) if isinstance(self.sort, str) else self.sort
        return [_turned(name) if descending else name for name in names]

    def exported(self, row: Any) -> Any:
        """The value as an export shows it: a state is its word."""
        value = _read(self.value if self.export is None else self.export, row)
        return str(tags.state(self.tag, value).word) if self.tag and self.export is None and value else value


@dataclass(frozen=True)
class Shown:
    """One cell as the page shows it."""

    column: Column
    text: str
    state: tags.State | None = None
    url: str = ""
    sub: str = ""


@dataclass(frozen=True)
class Heading:
    """A column's head: where its link sorts to, and how the list is sorted now (`ascending`, `descending` or empty)."""

    column: Column
    url: str
    sorted: str


@dataclass(frozen=True)
class Chip:
    """One filter in force and the address without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Empty:
    """What an empty list says: what is missing, what to do, and where."""

    title: Text = ""
    text: Text = ""
    url: str = ""
    action: Text = ""


@dataclass
class Listing:
    """A list as the reader asked for it in the URL."""

    request: HttpRequest
    title: Text
    queryset: QuerySet[Any]
    columns: Sequence[Column]
    filterset: django_filters.FilterSet | None = None
    default_sort: str = ""
    empty: Empty = field(default_factory=Empty)

    @property
    def valid(self) -> bool:
        """Whether every filter in the URL makes sense."""
        return self.filterset is None or self.filterset.is_valid()

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Filtered and sorted; the primary key breaks ties, so that no row is on two pages."""
        found = self.queryset if self.filterset is None else self.filterset.qs
        if self.sort is None:
            return found if found.ordered else found.order_by("pk")
        column, descending = self.sort
        return found.order_by(*column.ordering(descending=descending), "pk")

    @cached_property
    def sort(self) -> tuple[Column, bool] | None:
        """The column that `?sort=` names, and whether downwards; anything not declared as sortable is ignored."""
        sortable = {column.key: column for column in self.columns if column.sort}
        for wish in (self.request.GET.get("sort", ""), self.default_sort):
            if column := sortable.get(wish.removeprefix("-")):
                return column, wish.startswith("-")
        return None

    @cached_property
    def page(self) -> Page[Any]:
        """The page of the URL: the first for nonsense, the last for one too far."""
        return Paginator(self.rows, PER_PAGE).get_page(self.request.GET.get("page"))

    @property
    def count(self) -> int:
        """How many rows the filter finds."""
        return self.page.paginator.count

    @property
    def shown_columns(self) -> list[Column]:
        """The columns of the page."""
        return [column for column in self.columns if column.on_page]

    def headings(self) -> Iterator[Heading]:
        """The heads of the table with their sort links."""
        for column in self.shown_columns:
            mark = ""
            if self.sort and self.sort[0] is column:
                mark = "descending" if self.sort[1] else "ascending"
            wish = f"-{column.key}" if mark == "ascending" else column.key
            yield Heading(column, self._url(sort=wish, page=None), mark)

    def cells(self) -> Iterator[list[Shown]]:
        """The rows of this page, cell by cell."""
        for row in self.page.object_list:
            yield [_shown(column, row) for column in self.shown_columns]

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters in force, each with the address without it."""
        if self.filterset is None or not self.filterset.is_bound:
            return []
        self.filterset.form.is_valid()  # fills cleaned_data; what makes no sense is left out of it
        return [chip for name in self.filterset.form.cleaned_data for chip in self._chips(name)]

    def _chips(self, name: str) -> Iterator[Chip]:
        form = self.filterset.form  # type: ignore[union-attr]
        bound, value = form[name], form.cleaned_data[name]
        if value in (None, "", [], ()) or (isinstance(value, QuerySet) and not value):
            return
        if isinstance(value, (list, tuple, QuerySet)):
            for one in value:
                raw = str(bound.field.prepare_value(one))
                yield Chip(f"{bound.label}: {_said(bound.field, one)}", self._url(**{name: (raw,)}, page=None))
        else:
            names = dict.fromkeys(_names_in_url(bound))
            yield Chip(f"{bound.label}: {_said(bound.field, value)}", self._url(**names, page=None))

    def pages(self) -> list[tuple[int | None, str]]:
        """Page numbers with their addresses; None stands for the ones left out."""
        numbers = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1)
        return [(n, self._url(page=str(n))) if isinstance(n, int) else (None, "") for n in numbers]

    def previous_url(self) -> str:
        """The page before this one."""
        return self._url(page=str(self.page.previous_page_number())) if self.page.has_previous() else ""

    def next_url(self) -> str:
        """The page after this one."""
        return self._url(page=str(self.page.next_page_number())) if self.page.has_next() else ""

    def exports(self) -> list[tuple[str, str]]:
        """Kind and address of each export of this filter."""
        return [(kind.upper(), self._url(format=kind, page=None)) for kind in WRITERS]

    @property
    def cleared_url(self) -> str:
        """The list without filters; the day it shows and its order stay."""
        query = QueryDict(mutable=True)
        query.update(dict(self.carried()))
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def carried(self) -> list[tuple[str, str]]:
        """What the filter form carries along besides its own fields."""
        return [(name, self.request.GET[name]) for name in ("as_of", "sort") if self.request.GET.get(name)]

    def _url(self, **changes: Wish) -> str:
        """This address with the changes; that of an export with no other."""
        return url_with(self.request, **{"format": None, **changes})


@dataclass(frozen=True)
class Pages:
    """The pages of a table that stands beside other things: `name` is its parameter in the URL and its anchor on the page.

    Rows that each hold many things come fewer to a page.
    """

    request: HttpRequest
    rows: QuerySet[Any] | Sequence[Any]
    name: str = "page"
    per_page: int = PER_PAGE

    @cached_property
    def page(self) -> Page[Any]:
        """The page of the URL: the first for nonsense, the last for one too far."""
        return Paginator(self.rows, self.per_page).get_page(self.request.GET.get(self.name))

    @cached_property
    def shown(self) -> list[Any]:
        """The rows of this page."""
        return list(self.page.object_list)

    @property
    def count(self) -> int:
        """How many rows there are on all pages."""
        return self.page.paginator.count

    def previous_url(self) -> str:
        """The page before this one."""
        return self._url(self.page.previous_page_number()) if self.page.has_previous() else ""

    def next_url(self) -> str:
        """The page after this one."""
        return self._url(self.page.next_page_number()) if self.page.has_next() else ""

    def _url(self, number: int) -> str:
        return f"{url_with(self.request, **{self.name: str(number)})}#{self.name}"


def url_with(request: HttpRequest, **changes: Wish) -> str:
    """The address of the request with some parameters set (text), dropped (None), or freed of one value (a tuple of values)."""
    query = request.GET.copy()
    for name, value in changes.items():
        if isinstance(value, tuple):
            query.setlist(name, [given for given in query.getlist(name) if given not in value])
        elif value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query.urlencode() else request.path


def list_page(
    request: HttpRequest,
    *,
    title: Text,
    queryset: QuerySet[Any] | Manager[Any],
    columns: Sequence[Column],
    filterset: type[django_filters.FilterSet] | None = None,
    default_sort: str = "",
    empty: Empty | None = None,
    template: str = "list.html",
    context: Mapping[str, Any] | None = None,
    export_name: str = "",
) -> HttpResponse:
    """The page of a list, or with `?format=csv|xlsx` the export of exactly what its filter finds.

    A filter that makes no sense shows its error with status 422 and exports nothing.
    """
    rows = queryset.all()
    filters = filterset(request.GET, queryset=rows, request=request) if filterset else None
    listing = Listing(request, title, rows, columns, filters, default_sort, empty or Empty())
    wanted = request.GET.get("format", "")
    if wanted in WRITERS and listing.valid:
        return export(wanted, listing, export_name or request.path.strip("/").replace("/", "-") or "list")
    status = 200 if listing.valid else UNPROCESSABLE
    return render(request, template, {**(context or {}), "listing": listing}, status=status)


def export(kind: str, listing: Listing, name: str) -> HttpResponse:
    """All rows of the list as a file."""
    heads = [str(column.label) for column in listing.columns]
    rows = ([column.exported(row) for column in listing.columns] for row in _noted(listing))
    return attachment(kind, f"{name}-{dt.datetime.now(dt.UTC).date()}", heads, rows)


def _noted(listing: Listing) -> Iterator[Any]:
    """The rows of an export; each that is marked as restricted notes that it was read."""
    for row in listing.rows.iterator(chunk_size=2000):
        if isinstance(row, Classified):
            note_reading(listing.request, row)
        yield row


def _read(source: str | Callable[[Any], Any], row: Any) -> Any:
    """An attribute path or a function of the row; a link of the path that leads nowhere gives None."""
    if callable(source):
        return source(row)
    try:
        value = attrgetter(source)(row)
    except AttributeError:
        if _broken_link(source, row):
            return None
        raise
    return value() if callable(value) else value


def _broken_link(path: str, row: Any) -> bool:
    """Whether an attribute on the way is None."""
    for name in path.split(".")[:-1]:
        row = getattr(row, name)
        if row is None:
            return True
    return False


def _shown(column: Column, row: Any) -> Shown:
    value = _read(column.value, row)
    state = tags.state(column.tag, value) if column.tag and value not in (None, "") else None
    url = column.link(row) if column.link else ""
    sub = _words(_read(column.sub, row)) if column.sub else ""
    return Shown(column, str(state.word) if state else _words(value), state, url or "", sub)


def _words(value: Any) -> str:
    """A value as people read it; nothing is an empty string."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return long_moment(value)
    return long_date(value) if isinstance(value, dt.date) else str(value)


def _said(form_field: forms.Field, value: Any) -> str:
    """A filter's value in words."""
    if isinstance(value, slice):
        return f"{_words(value.start) or '…'} – {_words(value.stop) or '…'}"
    if isinstance(form_field, (forms.ChoiceField, forms.TypedChoiceField)) and not hasattr(value, "pk"):
        choices: Any = form_field.choices
        return str(dict(_flat(choices)).get(str(value), value))
    return _words(value)


def _flat(choices: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from _flat(label)
        else:
            yield str(value), label


def _names_in_url(bound: forms.BoundField) -> list[str]:
    """The parameters of a filter: its own name, or one for each box of a range."""
    widget: Any = bound.field.widget
    if isinstance(widget, forms.MultiWidget):
        return [f"{bound.html_name}{suffix}" for suffix in widget.widgets_names]  # type: ignore[attr-defined]
    return [bound.html_name]


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"
