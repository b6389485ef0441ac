"""Imports: send a file, look at what it would do, confirm it; what was imported, by whom, from which file."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from agencies.imports.plan import OUTCOMES, Changed, confirm, send
from agencies.imports.register import Register
from agencies.imports.rows import KINDS
from agencies.models import KEEPERS, Import, ImportKind
from agencies.views.seats import editing
from core import tags
from core.access import can, get_or_404, require
from core.dates import today
from core.export import WRITERS, Sheet, attachment
from core.files import StorageFull, download
from core.forms import CONFLICT, UNPROCESSABLE, form_page, posted
from core.lists import Column, Empty, list_page
from core.tables import Unreadable
from core.tags import State

PER_PAGE = 100
STATE = tags.register(
    "import",
    {
        "open": State(_("To be confirmed"), "yellow"),
        "wrong": State(_("Has errors"), "red"),
        "done": State(_("Imported"), "green"),
    },
)
OUTCOME = tags.register(
    "import_row",
    {
        "wrong": State(_("Error"), "red"),
        "added": State(_("Added"), "green"),
        "changed": State(_("Changed"), "blue"),
        "unchanged": State(_("Unchanged"), "grey"),
    },
)
COLUMNS = [
    Column("file", _("File"), "file.name", link=lambda row: row.get_absolute_url(), sort="file__name"),
    Column("kind", _("About"), "get_kind_display", sort="kind"),
    Column("by", _("Sent by"), "sent_by.name", sort="sent_by__name"),
    Column("sent", _("Sent"), "sent_at", sort="sent_at"),
    Column("done", _("Imported"), "done_at", sort="done_at"),
    Column("hash", "SHA-256", "file.sha256", on_page=False),
    Column("state", _("State"), "state", tag="import"),
]


class SendForm(forms.Form):
    """A file for an import."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("CSV or XLSX, up to 10 MB and 5,000 rows. Nothing is written before you have seen what it does."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """What was sent to be imported, and what became of it."""
    kinds = _may_import(request)
    return list_page(
        request,
        title=_("Imports"),
        queryset=Import.objects.visible_to(request.user).select_related("file", "sent_by").defer("preview"),
        columns=COLUMNS,
        default_sort="-sent",
        empty=Empty(_("Nothing was imported yet"), _("Choose above what your file is about.")),
        template="agencies/import_list.html",
        context={"kinds": [(kind, ImportKind(kind).label) for kind in kinds]},
    )


def _may_import(request: HttpRequest) -> list[str]:
    """The kinds that the person may import; whoever may import none is refused."""
    kinds = [kind.value for kind, permission in KEEPERS.items() if can(request.user, permission)]
    if not kinds:
        require(request.user, next(iter(KEEPERS.values())))
    return kinds


def _rows_of(request: HttpRequest, kind: str) -> Any:
    """The rows of this kind; the person must keep what they are about."""
    if kind not in KINDS:
        raise Http404
    require(request.user, KEEPERS[ImportKind(kind)])
    return KINDS[kind]


@editing
def send_import(request: HttpRequest, kind: str) -> HttpResponse:
    """Send a file and see what it would do."""
    rows = _rows_of(request, kind)
    form = SendForm(posted(request), request.FILES or None)
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        given = {"name": file.name, "content_type": _type_of(file.name), "data": file.read()}
        try:
            return redirect(send(kind=kind, by=cast("User", request.user), **given))
        except (Unreadable, StorageFull) as error:
            form.add_error("file", str(error))
    page = {
        "title": now("Import: %(kind)s") % {"kind": ImportKind(kind).label},
        "kind": kind,
        "columns": rows.columns,
        "formats": list(WRITERS),
        "files": [
            (reverse("agencies:import_template", args=[kind]), _("Empty template")),
            (reverse("agencies:import_current", args=[kind]), _("What the register holds today")),
        ],
        "back_url": reverse("agencies:imports"),
        "submit": _("Send and look"),
    }
    return form_page(request, "agencies/import_send.html", form, page)


def _type_of(name: str) -> str:
    """For keeping it; what is in the file is told by content."""
    return WRITERS["xlsx" if name.lower().endswith(".xlsx") else "csv"][0]


@require_safe
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty file with the headings; in a workbook, a second sheet says what belongs under each."""
    rows, wanted = _rows_of(request, kind), _format(request)
    heads = [str(column.label) for column in rows.columns]
    said = ([column.label, _needed(column.needed), column.help, column.example] for column in rows.columns)
    sheet = Sheet(now("Columns"), [now("Column"), now("Needed"), now("What belongs there"), now("Example")], said)
    return attachment(wanted, f"{kind}-template", heads, [], sheet)


def _needed(needed: bool) -> str:
    return now("Yes") if needed else ""


@require_safe
def import_current(request: HttpRequest, kind: str) -> HttpResponse:
    """What the register holds today, as a file that would change nothing: the surest start of a correction."""
    rows, wanted = _rows_of(request, kind), _format(request)
    heads = [str(column.label) for column in rows.columns]
    return attachment(wanted, f"{kind}-{today()}", heads, rows(Register(on=today())).current())


def _format(request: HttpRequest) -> str:
    wanted = request.GET.get("format", "xlsx")
    if wanted not in WRITERS:
        raise Http404
    return wanted


@editing
def import_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What a file would do, row by row; a confirmed one is written, all of it, if the register is still as it was shown."""
    imports = Import.objects.select_related("file", "sent_by", "done_by")
    sent = get_or_404(request.user, "", imports, pk=pk)
    if request.method != "POST":
        return _page(request, sent)
    try:
        done = confirm(pk=sent.pk, shown=request.POST.get("shown", ""), by=cast("User", request.user))
    except Changed:
        fresh = imports.get(pk=pk)
        return _page(request, fresh, changed=True, status=UNPROCESSABLE if fresh.wrong else CONFLICT)
    except (Unreadable, IntegrityError):
        return _page(request, sent, refused=True, status=CONFLICT)
    messages.success(request, _done(done))
    return redirect(done)


def _done(sent: Import) -> str:
    counts = sent.preview["counts"]
    number = counts["added"] + counts["changed"]
    return ngettext("%(number)s row was imported.", "%(number)s rows were imported.", number) % {"number": number}


def _page(request: HttpRequest, sent: Import, *, status: int = 200, **more: Any) -> HttpResponse:
    show = request.GET.get("show", "")
    counts = sent.preview["counts"]
    rows = [row for row in sent.preview["rows"] if show not in OUTCOMES or row["outcome"] == show]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "sent": sent,
        "listing": _Pages(page, show),
        "counts": [(outcome, counts[outcome], OUTCOME[outcome].word) for outcome in OUTCOMES if counts[outcome]],
        "show": show,
        "moves": counts["added"] + counts["changed"],
        **more,
    }
    return render(request, "agencies/import_detail.html", context, status=status)


class _Pages:
    """What the row of page numbers asks for."""

    def __init__(self, page: Any, show: str) -> None:
        self.page = page
        self.url = partial("?{}page={}".format, f"show={show}&" if show in OUTCOMES else "")

    def pages(self) -> list[tuple[int | None, str]]:
        """Page numbers with their addresses; None stands for the ones left out."""
        numbers = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1)
        return [(one, self.url(one)) if isinstance(one, int) else (None, "") for one in numbers]

    def previous_url(self) -> str:
        """The page before this one."""
        return self.url(self.page.previous_page_number()) if self.page.has_previous() else ""

    def next_url(self) -> str:
        """The page after this one."""
        return self.url(self.page.next_page_number()) if self.page.has_next() else ""


@require_safe
def import_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The file as it was sent."""
    sent = get_or_404(request.user, "", Import.objects.select_related("file"), pk=pk)
    return download(sent.file)
