"""Addresses of the register."""

from django.urls import path

from agencies.views import agencies, bodies, changeovers, mechanisms, offices, places, posts, seats

app_name = "agencies"
urlpatterns = [
    path("agencies/", agencies.agency_list, name="list"),
    path("agencies/add/", bodies.add_agency, name="add"),
    path("agencies/<uuid:pk>/", agencies.agency_detail, name="detail"),
    path("agencies/<uuid:pk>/change/", bodies.change_agency, name="change"),
    path("agencies/<uuid:pk>/history/", agencies.agency_history, name="history"),
    path("agencies/<uuid:pk>/names/add/", bodies.rename_agency, name="rename"),
    path("agencies/<uuid:pk>/succession/", changeovers.record, name="succession"),
    path("agencies/<uuid:pk>/succession/merge/", changeovers.merge, name="merge"),
    path("agencies/<uuid:pk>/succession/split/", changeovers.split, name="split"),
    path("successions/<uuid:pk>/", changeovers.changeover, name="changeover"),
    path("successions/<uuid:pk>/change/", changeovers.correct, name="correct_changeover"),
    path("successions/<uuid:pk>/take-back/", changeovers.take_back, name="take_back"),
    path("sources/<uuid:pk>/", changeovers.source, name="source"),
    path("mechanisms/", mechanisms.mechanism_list, name="mechanisms"),
    path("mechanisms/<slug:slug>/", mechanisms.mechanism_detail, name="mechanism"),
    path("mechanisms/<slug:slug>/history/", mechanisms.mechanism_history, name="mechanism_history"),
    path("mechanisms/<slug:slug>/memberships/add/", seats.seat, name="seat"),
    path("mechanisms/<slug:slug>/focal-points/add/", seats.add_focal_point, name="add_focal_point"),
    path("memberships/<uuid:pk>/change/", seats.change_membership, name="change_membership"),
    path("memberships/<uuid:pk>/end/", seats.end_membership, name="end_membership"),
    path("focal-points/<uuid:pk>/end/", seats.end_focal_point, name="end_focal_point"),
    path("countries/", places.country_list, name="countries"),
    path("countries/<uuid:pk>/", places.country_detail, name="country"),
    path("regions/", places.region_list, name="regions"),
    path("regions/<uuid:pk>/", places.region_detail, name="region"),
    path("offices/", offices.office_list, name="offices"),
    path("offices/add/", posts.add_office, name="add_office"),
    path("offices/<uuid:pk>/", offices.office_detail, name="office"),
    path("offices/<uuid:pk>/change/", posts.change_office, name="change_office"),
    path("offices/<uuid:pk>/history/", offices.office_history, name="office_history"),
    path("offices/<uuid:pk>/countries/add/", posts.serve, name="serve"),
    path("offices/<uuid:pk>/coordinator/add/", posts.appoint, name="appoint"),
    path("coverage/<uuid:pk>/end/", posts.end_coverage, name="end_coverage"),
    path("coordinators/<uuid:pk>/change/", posts.change_coordinator, name="change_coordinator"),
    path("coordinators/<uuid:pk>/end/", posts.end_coordinator, name="end_coordinator"),
]
