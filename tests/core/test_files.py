"""Stored files lie under opaque names, cannot change, and leave nothing behind when the disk is full."""

import datetime as dt
import errno
import hashlib
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.files import StorageFull, download, forget_abandoned, store
from core.models import StoredFile
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_file_is_known_by_its_hash_and_lies_under_an_opaque_name() -> None:
    file = store(name="key messages.pdf", content_type="application/pdf", data=b"%PDF")
    assert file.read() == b"%PDF"
    assert file.sha256 == hashlib.sha256(b"%PDF").hexdigest()
    assert "key" not in file.blob.name
    assert ".pdf" not in file.blob.name


def test_a_file_is_served_as_an_attachment_that_nobody_sniffs() -> None:
    response = download(store(name="a.html", content_type="text/html", data=b"<script>"))
    response.close()
    assert response["Content-Disposition"] == 'attachment; filename="a.html"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_the_row_of_a_file_cannot_change() -> None:
    file = store(name="a.txt", content_type="text/plain", data=b"a")
    with pytest.raises(DatabaseError, match="unchangeable"), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(sha256="0" * 64)


def test_a_full_disk_is_said_and_leaves_nothing_behind(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def half_written(self: FileSystemStorage, name: str, content: object) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", half_written)
    with pytest.raises(StorageFull, match="disk of the portal is full"):
        store(name="a.txt", content_type="text/plain", data=b"a" * 1000)
    assert not StoredFile.objects.exists()
    assert not [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]


def test_an_upload_that_nobody_confirmed_is_removed_after_a_day_and_nothing_else(cast: Cast) -> None:
    abandoned, young, kept, taken_off = (
        store(name=f"{name}.txt", content_type="text/plain", data=b"a")
        for name in ("abandoned", "young", "kept", "taken-off")
    )
    abandoned, kept, taken_off = (_of_yesterday(file) for file in (abandoned, kept, taken_off))
    membership = cast.agency_a.memberships.get()
    for file in (taken_off, kept):
        membership.document = file
        membership.save()
    assert forget_abandoned(timezone.now() - dt.timedelta(days=1)) == 1
    assert {file.name for file in StoredFile.objects.all()} == {"young.txt", "kept.txt", "taken-off.txt"}
    assert not abandoned.blob.storage.exists(abandoned.blob.name)
    assert young.read() == kept.read() == taken_off.read() == b"a"


def _of_yesterday(file: StoredFile) -> StoredFile:
    """The same file, stored more than a day ago: a row that cannot change is written anew."""
    StoredFile.objects.filter(pk=file.pk).delete()
    file.stored_at -= dt.timedelta(days=1, minutes=1)
    file.save(force_insert=True)
    return file
