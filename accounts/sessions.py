"""How long a session may last: so long in all, and so long without a page being asked for."""

import time
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from accounts.models import User

BEGUN = "signed_in_at"
SEEN = "seen_at"
VOUCHED = "second_factor_given_elsewhere_by"
TOUCH_EVERY = 60  # seconds; what lies closer together is not written down


def begin(session: SessionBase) -> None:
    """Somebody signed in just now."""
    session[BEGUN] = session[SEEN] = int(time.time())


def is_over(session: SessionBase) -> bool:
    """Whether the session has lasted or rested too long. One that does not know when it began is over."""
    now = time.time()
    lasted, rested = now - session.get(BEGUN, 0), now - session.get(SEEN, 0)
    return bool(lasted > settings.SESSION_COOKIE_AGE or rested > settings.SESSION_IDLE_AGE)


def is_fresh(session: SessionBase) -> bool:
    """Whether the person signed in so lately that a sensitive step need not ask again who they are."""
    return bool(time.time() - session.get(BEGUN, 0) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def vouch(session: SessionBase, person: User) -> None:
    """The person gave a second factor to a provider that is trusted for it, just now."""
    session[VOUCHED] = str(person.pk)


def is_vouched(session: SessionBase, person: Any) -> bool:
    """Whether this very person gave a second factor elsewhere in this session."""
    return person is not None and session.get(VOUCHED) == str(person.pk)


def touch(session: SessionBase) -> None:
    """A page was asked for: write it down, once a minute at most."""
    now = int(time.time())
    if now - session.get(SEEN, 0) >= TOUCH_EVERY:
        session[SEEN] = now
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=timezone.now())
