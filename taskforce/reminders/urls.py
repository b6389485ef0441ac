"""Addresses below /reminders/."""

from django.urls import path

from taskforce.reminders import views

app_name = "reminders"
urlpatterns = [
    path("", views.reminder_list, name="list"),
    path("next/", views.coming, name="next"),
    path("of/<uuid:pk>/", views.of_obligation, name="of"),
    path("rules/", views.rule_list, name="rules"),
    path("rules/of/<uuid:topic>/", views.own_rules, name="own_rules"),
    path("rules/of/<uuid:topic>/part/", views.part_rules, name="part_rules"),
    path("rules/of/<uuid:topic>/join/", views.join_rules, name="join_rules"),
    path("rules/new/", views.rule_new, name="rule_new"),
    path("rules/<uuid:pk>/", views.rule_change, name="rule"),
]
