from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to the sign-in library."""
        from accounts import receivers  # noqa: F401


class BreakGlassConfig(admin.AdminConfig):
    """Django's admin with our site."""

    default = False
    default_site = "accounts.site.BreakGlassSite"
