from django.apps import AppConfig


class BriefingsConfig(AppConfig):
    name = "taskforce.briefings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer the sections of this app; those that tell of its siblings come from the roof."""
        from taskforce.briefings.sections import at_a_glance, heat_map, schedule  # noqa: F401
