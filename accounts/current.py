"""Who is asking."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def person(request: HttpRequest) -> User:
    """The signed-in person; nobody else gets here."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
