from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "taskforce.home"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Join what siblings must not know of each other: packs get their section on letters."""
        from taskforce.home import letter_section  # noqa: F401
