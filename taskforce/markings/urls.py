"""Addresses below /markings/."""

from django.urls import path, re_path

from taskforce.markings import views

app_name = "markings"
urlpatterns = [
    path("", views.request_list, name="list"),
    re_path(r"^(?P<kind>assessment|letter)/(?P<subject>[0-9a-f-]{36})/ask/$", views.ask, name="ask"),
    path("<uuid:pk>/", views.request_detail, name="detail"),
    path("<uuid:pk>/take-back/", views.take_back, name="take_back"),
]
