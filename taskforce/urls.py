"""Every address of the portal. Addresses are part of the interface: keep them stable."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from taskforce.home import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
