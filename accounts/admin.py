"""People and their roles in Django's admin, for emergencies."""

from django.contrib import admin

from accounts.models import RoleAssignment, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Everything but the password: that is set by a link sent to the person."""

    list_display = ("name", "email", "is_active", "is_superuser", "last_login")
    search_fields = ("name", "email")
    exclude = ("password", "groups", "user_permissions")
    readonly_fields = ("last_login", "date_joined")


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Roles over time."""

    list_display = ("user", "role", "valid", "given_by")
    autocomplete_fields = ("user", "given_by")
