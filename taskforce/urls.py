"""Every address of the portal. Addresses are part of the interface: keep them stable."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from core.views import choose_theme, csp_report, mail_events
from taskforce.home import health
from taskforce.home.components import components
from taskforce.home.language import choose_language
from taskforce.home.urls import jobs_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("accounts.sign_in_urls")),
    path("accounts/", include("accounts.urls")),
    path("people/", include("agencies.people.urls")),
    path("", include("agencies.identity.urls")),
    path("", include("taskforce.letters.urls")),
    path("admin/", admin.site.urls),
    path("assessments/", include("assessments.urls")),
    path("", include("agencies.urls")),
    path("", include("taskforce.home.urls")),
    path("sight/", include("taskforce.sight.urls")),
    path("markings/", include("taskforce.markings.urls")),
    path("reminders/", include("taskforce.reminders.urls")),
    path("csp-report/", csp_report, name="csp_report"),
    path("mail/events/", mail_events, name="mail_events"),
    path("jobs/", include(jobs_urls)),
    path("language/", choose_language, name="language"),
    path("system/components/", components, name="components"),
    path("", include("taskforce.briefings.urls")),
    path("theme/", choose_theme, name="theme"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
