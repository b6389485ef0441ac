"""Addresses below /assessments/."""

from django.urls import path

from assessments.views import assessment, contribution, detail

app_name = "assessments"

urlpatterns = [
    path("", assessment.schedule, name="list"),
    path("new/", assessment.plan, name="plan"),
    path("contributions/<uuid:pk>/", contribution.show, name="contribution"),
    path("contributions/<uuid:pk>/submit/", contribution.submit, name="submit"),
    path("contributions/<uuid:pk>/accept/", contribution.accept, name="accept"),
    path("contributions/<uuid:pk>/return/", contribution.give_back, name="return"),
    path("contributions/<uuid:pk>/withdraw/", contribution.withdraw, name="withdraw"),
    path("contributions/<uuid:pk>/file/", contribution.file, name="contribution_file"),
    path("<uuid:pk>/", detail.show, name="detail"),
    path("<uuid:pk>/history/", detail.history, name="history"),
    path("<uuid:pk>/change/", assessment.revise, name="revise"),
    path("<uuid:pk>/forecast/", assessment.forecast, name="forecast"),
    path("<uuid:pk>/moves/<slug:name>/", assessment.move, name="move"),
    path("<uuid:pk>/contributions/new/", contribution.ask, name="ask"),
    path("<uuid:pk>/sight/", assessment.sight, name="sight"),
    path("<uuid:pk>/sight/<uuid:agency>/end/", assessment.end_sight, name="end_sight"),
    path("<uuid:pk>/flows/new/", detail.add_flow, name="add_flow"),
    path("<uuid:pk>/flows/<uuid:flow>/<int:question>/", detail.cell, name="cell"),
    path("<uuid:pk>/sources/new/", detail.source, name="add_source"),
    path("<uuid:pk>/sources/<uuid:part>/", detail.source, name="source"),
    path("<uuid:pk>/estimates/new/", detail.estimate, name="add_estimate"),
    path("<uuid:pk>/estimates/<uuid:part>/", detail.estimate, name="estimate"),
]
