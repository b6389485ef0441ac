"""The addresses of the dashboard and of the pages about the portal itself."""

from django.urls import path

from taskforce.home import jobs

jobs_urls = (
    [
        path("", jobs.job_list, name="list"),
        path("<uuid:pk>/", jobs.job_detail, name="detail"),
        path("<uuid:pk>/cancel/", jobs.job_cancel, name="cancel"),
    ],
    "jobs",
)
