"""Stored files: opaque names outside the web root, known by hash, served as attachments only after an access check."""

import datetime as dt
import errno
import hashlib
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile, opaque_path

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class StorageFull(Exception):
    """The disk is full; nothing was kept. The text says what to do."""


def store(*, name: str, content_type: str, data: bytes, by: "AbstractBaseUser | None" = None) -> StoredFile:
    """Keep `data` under an opaque name and return its row. Raises StorageFull; then neither row nor file remains."""
    file = StoredFile(
        name=name,
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        stored_by_id=by.pk if by else None,
    )
    storage = file.blob.storage
    try:
        file.blob.save(str(file.pk), ContentFile(data), save=False)
    except OSError as error:
        storage.delete(opaque_path(file))
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                _("The disk of the portal is full. Nothing was lost; tell the administrator, then try again.")
            ) from error
        raise
    file.save()
    return file


def download(file: StoredFile, *, name: str = "") -> FileResponse:
    """The file as an attachment. The caller has checked that this reader may have it."""
    response: Any = FileResponse(
        file.blob.open("rb"),
        as_attachment=True,
        filename=name or file.name,
        content_type=file.content_type or "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response  # type: ignore[no-any-return]


def forget_abandoned(before: dt.datetime) -> int:
    """Remove the files stored before that moment which nothing has ever named: uploads whose check page nobody confirmed."""
    abandoned = StoredFile.objects.filter(stored_at__lt=before)
    for link in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(link, ForeignObjectRel):  # the rows of the history among them: what was taken off again stays
            rows = link.related_model._base_manager.filter(**{link.field.name: OuterRef("pk")})  # noqa: SLF001
            abandoned = abandoned.filter(~Exists(rows))
    return sum(_forget(file) for file in abandoned)


def _forget(file: StoredFile) -> int:
    """Remove a file, unless something has come to name it just now."""
    try:
        with transaction.atomic():
            file.delete()
    except IntegrityError:
        return 0
    file.blob.storage.delete(str(file.blob.name))
    return 1
