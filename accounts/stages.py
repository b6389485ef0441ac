"""The steps of signing in."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from accounts import sessions


class FactorStage(AuthenticateStage):  # type: ignore[misc]
    """The second factor is asked for, unless a provider trusted for it has just asked for one."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return not sessions.is_vouched(request.session, self.login.user) and super()._should_handle(request)
