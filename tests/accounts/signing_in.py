"""How a person of the tests signs in: by the ordinary forms."""

import base64
import hashlib
import hmac
import re
import struct
import time

from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD

LOGIN = "/accounts/login/"
KEY = re.compile(r"<code><bdi>([A-Z2-7]{32})</bdi></code>")


def with_password(user: User) -> User:
    """Give the person the password of the tests."""
    user.set_password(PASSWORD)
    user.save()
    return user


def member(user: User) -> User:
    """The same, without the privilege of the sample."""
    user.is_sample = False
    return with_password(user)


def sign_in(client: Client, user: User, password: str = PASSWORD) -> HttpResponse:
    """Send the sign-in form."""
    return client.post(LOGIN, {"login": user.email, "password": password})


def code(secret: str, at: float | None = None) -> str:
    """The six digits of RFC 6238 for now."""
    counter = struct.pack(">Q", int((time.time() if at is None else at) // 30))
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def set_up_app(client: Client) -> str:
    """Set up an authenticator app by its page; returns its key."""
    page = client.get("/accounts/2fa/totp/activate/")
    secret = KEY.search(page.content.decode()).group(1)
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret
