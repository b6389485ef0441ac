from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard every history once the tables are as they should be; ask plainly in every form; hear the mail provider."""
        from anymail.signals import tracking

        from core import bounces, chain
        from core.forms import ask_plainly

        ask_plainly()
        tracking.connect(bounces.on_event)
        post_migrate.connect(chain.guard, sender=self)
