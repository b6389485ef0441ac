"""Pages of the packs: list, choose, check, editions, download, verify."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.current import person
from core import audit
from core.access import can, get_or_404, require
from core.files import download as file_download
from core.forms import form_page, posted
from core.history import history_of
from core.lists import Column, Empty, list_page
from core.models import Job
from core.sensitivity import Sensitivity
from taskforce.briefings import sections
from taskforce.briefings.actions import KIND, ask_for_edition, make_pack
from taskforce.briefings.forms import PackForm, VerifyForm
from taskforce.briefings.models import Edition, Pack

MAKE = "briefings.make_pack"
COLUMNS = [
    Column("title", gettext_lazy("Pack"), "title", link=Pack.get_absolute_url, sort="title"),
    Column("mechanism", gettext_lazy("Mechanism"), "mechanism.name", sort="mechanism__name"),
    Column("as_of", gettext_lazy("As of"), "as_of", sort="as_of"),
    Column("audience", gettext_lazy("Audience"), "get_audience_display", sort="audience"),
    Column("editions", gettext_lazy("Editions"), "edition_count", sort="edition_count", numeric=True),
    Column("last_made", gettext_lazy("Last edition"), "last_made", sort="last_made"),
]


@require_GET
def pack_list(request: HttpRequest) -> HttpResponse:
    """All packs that the reader may see."""
    return list_page(
        request,
        title=_("Briefing packs"),
        queryset=Pack.objects.visible_to(request.user).for_list(request.user),
        columns=COLUMNS,
        template="briefings/pack_list.html",
        context={"may_make": can(request.user, MAKE)},
        empty=Empty(_("No packs yet"), _("A pack collects what the portal knows into one PDF.")),
    )


@require_http_methods(["GET", "POST"])
def pack_new(request: HttpRequest) -> HttpResponse:
    """Choose a pack, check the choice, start making it."""
    require(request.user, MAKE)
    form = PackForm(posted(request), user=request.user)
    page = {"title": _("New briefing pack"), "submit": _("Check the choice"), "back_url": "/packs/"}
    if not form.is_bound or not form.is_valid() or request.POST.get("step") == "change":
        return form_page(request, "briefings/pack_form.html", form, page)
    if request.POST.get("step") == "make":
        return _start(request, form)
    given = [(name, value) for name, value in request.POST.items() if name not in {"csrfmiddlewaretoken", "step"}]
    context = {"form": form, "chosen": list(form.answers()), "given": given}
    return render(request, "briefings/pack_check.html", context)


def _start(request: HttpRequest, form: PackForm) -> HttpResponse:
    names = ("title", "mechanism", "as_of", "audience", "language")
    given = {name: form.cleaned_data[name] for name in names}
    with transaction.atomic():
        pack = make_pack(**given, chosen=form.chosen(), by=person(request))
        job = ask_for_edition(pack=pack, by=person(request))
    return redirect("jobs:detail", job.pk)


@require_GET
def pack_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """A pack with its editions and, while one is being made, its progress."""
    pack = get_or_404(request.user, "", Pack.objects.select_related("mechanism", "created_by"), pk=pk)
    editions = Edition.objects.visible_to(request.user).filter(pack=pack).select_related("made_by", "file")
    context = {
        "pack": pack,
        "contents": [sections.describe(choice, request.user) for choice in pack.choices.all()],
        "editions": editions,
        "may_make": can(request.user, MAKE),
        "job": Job.objects.unfinished().filter(kind=KIND, subject_id=pack.pk).first(),
        "changes": history_of(request, pack, *editions),
    }
    return render(request, "briefings/pack_detail.html", context)


@require_POST
def edition_new(request: HttpRequest, pk: str) -> HttpResponse:
    """Have the next edition made."""
    pack = get_or_404(request.user, MAKE, Pack.objects, pk=pk)
    return redirect("jobs:detail", ask_for_edition(pack=pack, by=person(request)).pk)


@require_GET
def edition_download(request: HttpRequest, pk: str) -> FileResponse:
    """The PDF of an edition, with the rights of this reader."""
    edition = get_or_404(request.user, "", Edition.objects.select_related("file"), pk=pk)
    if edition.sensitivity > Sensitivity.UNCLASSIFIED:
        audit.note(edition, "downloaded", by=person(request))
    return file_download(edition.file)


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Which edition a PDF is, by its hash."""
    form = VerifyForm(request.POST, request.FILES) if request.method == "POST" else VerifyForm()
    context: dict[str, Any] = {"title": _("Verify a PDF"), "submit": _("Verify")}
    if form.is_bound and form.is_valid():
        found = Edition.objects.visible_to(request.user).filter(sha256=form.cleaned_data["sha256"])
        context |= {"answered": True, "found": found.select_related("pack", "made_by").first()}
    return form_page(request, "briefings/verify.html", form, context)
