from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "agencies.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand on the sign-in page."""
        from accounts import entrances
        from agencies.identity.models import offered

        entrances.offer(offered)
