"""The addresses of the dashboard and of the pages about the portal itself."""

from django.urls import path

from taskforce.home import audit, dashboard, jobs, mail, owed, system, why

app_name = "home"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("tasks/", owed.task_list, name="tasks"),
    path("access/", why.choose, name="access"),
    path("access/<slug:kind>/<uuid:pk>/", why.why, name="why"),
    path("system/", system.overview, name="system"),
    path("system/audit/", audit.trail, name="audit"),
    path("system/mail/", mail.mail_list, name="mail"),
    path("system/mail/hold/", mail.mail_hold, name="mail_hold"),
    path("system/mail/<uuid:pk>/", mail.mail_detail, name="message"),
    path("system/mail/<uuid:pk>/resolve/", mail.mail_resolve, name="mail_resolve"),
]

jobs_urls = (
    [
        path("", jobs.job_list, name="list"),
        path("<uuid:pk>/", jobs.job_detail, name="detail"),
        path("<uuid:pk>/cancel/", jobs.job_cancel, name="cancel"),
    ],
    "jobs",
)
