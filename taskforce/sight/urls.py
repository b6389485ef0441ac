"""Addresses below /sight/."""

from django.urls import path

from taskforce.sight import views

app_name = "sight"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("ask/", views.ask, name="ask"),
    path("<uuid:pk>/", views.request_detail, name="detail"),
]
