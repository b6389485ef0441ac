"""Addresses below /markings/."""

from django.urls import path

from taskforce.markings import views

app_name = "markings"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("<slug:kind>/<uuid:subject>/ask/", views.ask, name="ask"),
    path("<uuid:pk>/", views.request_detail, name="detail"),
    path("<uuid:pk>/take-back/", views.take_back, name="take_back"),
]
