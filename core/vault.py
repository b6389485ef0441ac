"""Secrets at rest: encrypted with the portal's key, each for one purpose; with a new key, former ones still open them."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def lock(purpose: str, secret: str) -> str:
    """The secret, encrypted for this purpose."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unlock(purpose: str, locked: str) -> str:
    """The secret again. Raises cryptography.fernet.InvalidToken for what was not locked here for this purpose."""
    return _box(purpose).decrypt(locked.encode()).decode()


def _box(purpose: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [hashlib.sha256(f"{purpose}:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
