"""Django's admin site: the glass to break when no page of the portal helps. Superusers only, behind the portal's own sign-in."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from accounts import glass, moments
from accounts.current import person
from accounts.decorators import SAFE
from accounts.receivers import address_of

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class BreakGlassSite(admin.AdminSite):
    """Nobody signs in here: the portal's sign-in, with its second factor, comes first."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Superusers, whatever `is_staff` says of others."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Every page, read or sent, is written down before it answers."""
        guarded = super().admin_view(view, cacheable)

        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if self.has_permission(request):
                moment = moments.GLASS_LOOKED if request.method in SAFE else moments.GLASS_CHANGED
                glass.write_down(person(request), moment, address=address_of(request), page=request.path)
            return guarded(request, *args, **kwargs)

        return cast(View, update_wrapper(watched, guarded))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the portal's sign-in; who is in already and is no superuser has no business here."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or "/admin/")
