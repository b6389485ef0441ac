"""Pages of people."""

from django.urls import path, re_path

from agencies.people import handover, keeping, views
from agencies.people.own import absence, data, mail

app_name = "people"
urlpatterns = [
    path("", views.people_list, name="list"),
    path("invitations/", views.invitation_list, name="invitations"),
    path("invitations/agency/", views.invite_for_agency, name="invite_for_agency"),
    path("invitations/role/", views.invite_for_role, name="invite_for_role"),
    path("invitations/<uuid:pk>/", views.invitation_detail, name="invitation"),
    re_path(
        r"^invitations/(?P<pk>[0-9a-f-]{36})/(?P<what>resend|revoke)/$",
        views.change_invitation,
        name="change_invitation",
    ),
    path("seats/<uuid:pk>/hand-over/", handover.hand_over, name="hand_over"),
    path("join/<str:token>/", views.join, name="join"),
    path("me/absences/", absence.absences, name="absences"),
    path("me/absences/add/", absence.add_absence, name="add_absence"),
    path("me/absences/<uuid:pk>/end/", absence.end_absence, name="end_absence"),
    path("me/mail/", mail.mail, name="mail"),
    path("me/data/", data.data, name="data"),
    re_path(r"^me/data/my-data\.(?P<kind>json|txt)$", data.download, name="download_data"),
    path("me/data/correction/", data.ask_correction, name="ask_correction"),
    path("corrections/", keeping.correction_list, name="corrections"),
    path("corrections/<uuid:pk>/", keeping.correction, name="correction"),
    path("expiring/", keeping.expiring_list, name="expiring"),
    path("<uuid:pk>/", views.person_detail, name="detail"),
    re_path(
        r"^(?P<pk>[0-9a-f-]{36})/(?P<what>deactivate|reactivate|reset-factors|end-sessions)/$",
        views.change_access,
        name="change_access",
    ),
    path("<uuid:pk>/roles/new/", views.assign_role, name="assign_role"),
    path("<uuid:pk>/roles/<uuid:role_pk>/end/", views.end_role, name="end_role"),
]
