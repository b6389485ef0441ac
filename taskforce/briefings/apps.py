from django.apps import AppConfig


class BriefingsConfig(AppConfig):
    name = "taskforce.briefings"
    default_auto_field = "django.db.models.BigAutoField"
