"""Sealed links: an address that only we can have written, for pages without an account.

A token holds an id and a 160-bit keyed hash of purpose, id and version. Nothing secret is stored: raising the version on the
object makes every earlier link of it worthless, and the object itself says until when it is open.

The token of an e-mail address is spelt without capitals, which mail systems do not keep apart, and short enough for the 64
characters before the “@”: its hash has 112 bits.
"""

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

ADDRESS_MAC = 14  # bytes


def _mac(purpose: str, payload: bytes, secret: str, size: int = 20) -> bytes:
    key = hashlib.sha256(f"seal:{purpose}:{secret}".encode()).digest()
    return hmac.new(key, payload, hashlib.sha256).digest()[:size]


def seal(purpose: str, subject: uuid.UUID, version: int = 1) -> str:
    """A token of 51 URL-safe characters for this purpose and subject."""
    payload = subject.bytes + version.to_bytes(2, "big")
    return _written(payload + _mac(purpose, payload, settings.SECRET_KEY))


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unseal(purpose: str, token: str) -> tuple[uuid.UUID, int] | None:
    """The subject and version of a token we sealed for this purpose, with this key or an earlier one; None for anything else."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if _written(raw) != token:  # the last character has bits to spare: only our own spelling counts
        return None
    payload, mac = raw[:18], raw[18:]
    if not _is_ours(purpose, payload, mac):
        return None
    return uuid.UUID(bytes=payload[:16]), int.from_bytes(payload[16:], "big")


def _is_ours(purpose: str, payload: bytes, mac: bytes, size: int = 20) -> bool:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(mac, _mac(purpose, payload, secret, size)) for secret in secrets)


def address_token(purpose: str, subject: uuid.UUID) -> str:
    """A token of 48 small letters and digits for an e-mail address."""
    mac = _mac(f"address:{purpose}", subject.bytes, settings.SECRET_KEY, ADDRESS_MAC)
    return base64.b32encode(subject.bytes + mac).decode().lower()


def read_address_token(purpose: str, token: str) -> uuid.UUID | None:
    """The subject of an address token of ours; None for anything else."""
    try:
        raw = base64.b32decode(token.upper())
    except ValueError:
        return None
    subject, mac = raw[:16], raw[16:]
    return uuid.UUID(bytes=subject) if _is_ours(f"address:{purpose}", subject, mac, ADDRESS_MAC) else None
