"""Addresses of the packs."""

from django.urls import path

from taskforce.briefings import views

app_name = "briefings"
urlpatterns = [
    path("packs/", views.pack_list, name="list"),
    path("packs/new/", views.pack_new, name="new"),
    path("packs/<uuid:pk>/", views.pack_detail, name="detail"),
    path("packs/<uuid:pk>/editions/", views.edition_new, name="edition_new"),
    path("packs/editions/<uuid:pk>/", views.edition_download, name="download"),
    path("verify/", views.verify, name="verify"),
]
