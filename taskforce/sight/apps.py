from django.apps import AppConfig


class SightConfig(AppConfig):
    name = "taskforce.sight"
    default_auto_field = "django.db.models.BigAutoField"
