from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard every history once the tables are as they should be."""
        from core import chain

        post_migrate.connect(chain.guard, sender=self)
