"""Addresses of the letters."""

from django.urls import path

from taskforce.letters.views import (
    answers,
    coverage,
    dispatch,
    following,
    letters,
    numberings,
    public,
    recipients,
    rehearsals,
    translations,
)

app_name = "letters"
urlpatterns = [
    path("letters/", letters.letter_list, name="list"),
    path("letters/new/", letters.letter_new, name="new"),
    path("letters/numbers/", numberings.numbering_list, name="numberings"),
    path("letters/numbers/<slug:slug>/", numberings.numbering_change, name="numbering"),
    path("letters/clearances/<uuid:pk>/", letters.clearance_detail, name="clearance"),
    path("letters/<uuid:pk>/", letters.letter_detail, name="detail"),
    path("letters/<uuid:pk>/edit/", letters.letter_edit, name="edit"),
    path("letters/<uuid:pk>/submit/", letters.letter_submit, name="submit"),
    path("letters/<uuid:pk>/move/", letters.letter_move, name="move"),
    path("letters/<uuid:pk>/history/", letters.letter_history, name="history"),
    path("letters/<uuid:pk>/sample/<uuid:office>/", dispatch.letter_sample, name="sample"),
    path("letters/<uuid:pk>/dispatch/", dispatch.letter_dispatch, name="dispatch"),
    path("letters/<uuid:pk>/rehearse/", rehearsals.letter_rehearse, name="rehearse"),
    path("letters/<uuid:pk>/dispatch/release/", dispatch.dispatch_release, name="release"),
    path("letters/<uuid:pk>/dispatch/take-back/", dispatch.dispatch_take_back, name="take_back"),
    path("letters/<uuid:pk>/dispatch/progress/", dispatch.dispatch_progress, name="progress"),
    path("letters/<uuid:pk>/dispatch/stop/", dispatch.dispatch_stop, name="stop"),
    path("letters/<uuid:pk>/dispatch/resume/", dispatch.dispatch_resume, name="resume"),
    path("letters/<uuid:pk>/languages/<str:language>/", translations.translation_detail, name="translation"),
    path("letters/<uuid:pk>/languages/<str:language>/edit/", translations.translation_edit, name="translate"),
    path("letters/<uuid:pk>/languages/<str:language>/clear/", translations.translation_clear, name="translation_clear"),
    path(
        "letters/<uuid:pk>/languages/<str:language>/remove/", translations.translation_remove, name="translation_remove"
    ),
    path("letters/<uuid:pk>/recipients/", recipients.recipient_list, name="recipients"),
    path("letters/<uuid:pk>/answers/", coverage.answer_matrix, name="matrix"),
    path("letters/<uuid:pk>/follow-up/", following.follow_up, name="follow_up"),
    path("letters/<uuid:pk>/chase/", following.chase, name="chase"),
    path("letters/recipients/<uuid:pk>/exempt/", following.exempt, name="exempt"),
    path("letters/recipients/<uuid:pk>/expect/", following.expect_again, name="expect"),
    path("letters/<uuid:pk>/coverage/", coverage.coverage, name="coverage"),
    path("letters/attachments/<uuid:pk>/", letters.attachment_file, name="attachment"),
    path("letters/recipients/<uuid:pk>/", recipients.recipient_detail, name="recipient"),
    path("letters/recipients/<uuid:pk>/answer/", answers.recipient_answer, name="answer"),
    path("letters/recipients/<uuid:pk>/answers/<uuid:invitation>/", answers.answer_follow, name="follow"),
    path("letters/recipients/<uuid:pk>/document/", answers.recipient_document, name="document"),
    path("letters/answers/<uuid:pk>/file/", answers.answer_file, name="answer_file"),
    path("letters/recipients/<uuid:pk>/resolve/", recipients.recipient_resolve, name="resolve"),
    path("letters/recipients/<uuid:pk>/letter.pdf", recipients.recipient_pdf, name="pdf"),
    path("a/<str:token>/", public.acknowledge, name="acknowledge"),
    path("a/<str:token>/<int:number>.pdf", public.acknowledge_file, name="acknowledge_file"),
    path("a/<str:token>/files/<uuid:pk>/", public.acknowledge_answer_file, name="acknowledge_answer_file"),
]
