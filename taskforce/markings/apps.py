from django.apps import AppConfig


class MarkingsConfig(AppConfig):
    name = "taskforce.markings"
    default_auto_field = "django.db.models.BigAutoField"
