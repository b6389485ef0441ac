"""Addresses of signing in by an agency's identity provider."""

from django.urls import path

from agencies.identity import views

app_name = "identity"
urlpatterns = [
    path("accounts/agency/<uuid:pk>/", views.start, name="start"),
    path("accounts/agency/<uuid:pk>/callback/", views.callback, name="callback"),
    path("agencies/<uuid:pk>/identity-provider/", views.provider_page, name="provider"),
    path("agencies/<uuid:pk>/identity-provider/<uuid:identity>/unbind/", views.unbind, name="unbind"),
]
