"""The pages of long work: the list, one job with its bar, and the question before it is cancelled."""

from __future__ import annotations

import uuid

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from core import jobs
from core.access import can, get_or_404, require
from core.history import history_of
from core.kept import told
from core.lists import Column, Empty, list_page
from core.models import Job, JobState


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the list of jobs."""

    label = django_filters.CharFilter(lookup_expr="icontains", label=_("What contains"))
    state = django_filters.ChoiceFilter(choices=JobState.choices, label=_("State"))

    class Meta:
        model = Job
        fields: list[str] = []


def _address(job: Job) -> str:
    return reverse("jobs:detail", args=[job.pk])


COLUMNS = [
    Column(
        "what",
        _("What"),
        lambda job: told(job.label),
        link=_address,
        sort="label",
        sub=lambda job: told(job.message),
    ),
    Column("by", _("Asked for by"), "requested_by.name", sort="requested_by__name"),
    Column("begun", _("Asked for"), "created_at", sort="created_at"),
    Column("done", _("Done, per cent"), "percent", numeric=True),
    Column("state", _("State"), "state", tag="job", sort="state"),
]


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Long work: one's own, or everybody's for those who look after it."""
    return list_page(
        request,
        title=_("Long work"),
        queryset=visible_jobs(request).select_related("requested_by"),
        columns=COLUMNS,
        filterset=JobFilter,
        default_sort="-begun",
        empty=Empty(
            _("No long work yet"), _("A dispatch or a briefing pack that you ask for shows its progress here.")
        ),
    )


@require_safe
def job_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: how far it is, where its result is, or why it failed. The bar asks for this page again as a part."""
    job = get_or_404(request.user, "", Job.objects.select_related("requested_by"), pk=pk)
    context = {"job": job, "may_cancel": may_cancel(request, job)}
    if request.headers.get("HX-Request"):
        return render(request, "home/_job.html", context)
    return render(request, "home/job_detail.html", {**context, "changes": history_of(request, job)})


@require_http_methods(["GET", "HEAD", "POST"])
def job_cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask whether to cancel, then ask the job to stop. What is over stays as it is."""
    job = get_or_404(request.user, "", Job.objects.all(), pk=pk)
    if not mine(request, job):
        require(request.user, "core.cancel_job")
    if job.is_over:
        messages.info(request, now("It is over already; nothing was cancelled."))
        return redirect(_address(job))
    if request.method == "POST":
        jobs.ask_to_cancel(job)
        return redirect(_address(job))
    return render(request, "home/job_cancel.html", {"job": job})


def visible_jobs(request: HttpRequest) -> QuerySet[Job]:
    """The jobs that the reader may see."""
    return Job.objects.visible_to(request.user)


def may_cancel(request: HttpRequest, job: Job) -> bool:
    """Whether the reader is offered to cancel it."""
    return not job.is_over and (mine(request, job) or can(request.user, "core.cancel_job"))


def mine(request: HttpRequest, job: Job) -> bool:
    """Whether the reader asked for it."""
    return request.user.pk == job.requested_by_id
