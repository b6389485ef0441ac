from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "agencies.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """An address that is corrected takes the invitation with it that waits there."""
        from agencies import confirming
        from agencies.people import actions

        confirming.ADDRESS_CORRECTED.append(actions.revoke_misdirected)
