"""What may be uploaded, told by its content and never by what the browser claims."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import PurePath
from typing import Any, NamedTuple

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

LARGEST = 20 * 1024 * 1024  # bytes
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# The part that makes a package a Word, Excel or PowerPoint file.
OFFICE_PARTS = {
    ".docx": ("word/document.xml", f"{OFFICE}wordprocessingml.document"),
    ".xlsx": ("xl/workbook.xml", f"{OFFICE}spreadsheetml.sheet"),
    ".pptx": ("ppt/presentation.xml", f"{OFFICE}presentationml.presentation"),
}
# OpenDocument names its type itself, uncompressed, in a part of this name.
OPEN_DOCUMENT_PART = "mimetype"
OPEN_DOCUMENTS = {
    ".odt": f"{OPEN_DOCUMENT}text",
    ".ods": f"{OPEN_DOCUMENT}spreadsheet",
    ".odp": f"{OPEN_DOCUMENT}presentation",
}
AS_TEXT = {".csv": "text/csv", ".txt": "text/plain"}
# Pictures by their endings: how such a file begins, and its type.
PICTURES = {
    ".png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    ".jpg": (b"\xff\xd8\xff", "image/jpeg"),
    ".jpeg": (b"\xff\xd8\xff", "image/jpeg"),
}
PDF = "application/pdf"
# What reading a package raises that is damaged, or was made to break its reader.
BROKEN = (zipfile.BadZipFile, ValueError, RuntimeError, OverflowError, EOFError, struct.error)
DOCUMENTS = frozenset(
    {PDF, *(kind for _part, kind in OFFICE_PARTS.values()), *OPEN_DOCUMENTS.values(), *AS_TEXT.values()}
)
EVIDENCE = frozenset(
    {PDF, OFFICE_PARTS[".docx"][1], OFFICE_PARTS[".xlsx"][1], *(kind for _begins, kind in PICTURES.values())}
)


class Upload(NamedTuple):
    """A file that was checked, as `core.files.store` takes it."""

    name: str
    content_type: str
    data: bytes


class UploadField(forms.FileField):
    """A document of a known kind and size: an `Upload`, or None where nothing was sent."""

    largest = LARGEST
    kinds = DOCUMENTS
    default_error_messages = {
        "large": _("The file is larger than 20 MB. Send a smaller one."),
        "kind": _(
            "This is no PDF, Word, Excel, PowerPoint, OpenDocument, CSV or text file, or its name says another kind."
        ),
    }

    hint = _("PDF, Word, Excel, PowerPoint, OpenDocument, CSV or text, up to 20 MB.")

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"help_text": self.hint, **options})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refused when it is too large or of another kind."""
        file: UploadedFile[Any] | None = super().clean(data, initial)
        if not file:
            return None
        if (file.size or 0) > self.largest:
            raise forms.ValidationError(self.error_messages["large"], code="large")
        content = file.read()
        if (kind := content_type_of(file.name or "", content)) not in self.kinds:
            raise forms.ValidationError(self.error_messages["kind"], code="kind")
        return Upload((file.name or "file")[-200:], kind, content)


class ScanField(UploadField):
    """A scan of something on paper: a PDF or a picture of it."""

    kinds = frozenset({PDF, *(kind for _begins, kind in PICTURES.values())})
    default_error_messages = {"kind": _("This is no PDF, PNG or JPEG, or its name says another kind.")}
    hint = _("PDF, PNG or JPEG, up to 20 MB.")


class EvidenceField(UploadField):
    """What an office sends with an answer, also a scan or a photograph, over a slow line: an `Upload` or None."""

    largest = 5 * 1024 * 1024
    kinds = EVIDENCE
    default_error_messages = {
        "large": _("The file is larger than 5 MB. Send a smaller one."),
        "kind": _("This is no PDF, Word, Excel, PNG or JPEG file, or its name says another kind."),
    }
    hint = _("PDF, Word, Excel, PNG or JPEG, up to 5 MB.")


def content_type_of(name: str, data: bytes) -> str:
    """The type of a PDF, picture, office document or text in UTF-8; empty for anything else, or if name and content differ."""
    ending = PurePath(name).suffix.lower()
    if data.startswith(b"%PDF-"):
        return PDF if ending == ".pdf" else ""
    if ending in PICTURES:
        begins, kind = PICTURES[ending]
        return kind if data.startswith(begins) else ""
    if data.startswith(b"PK\x03\x04"):
        return _zipped_type(ending, data)
    return AS_TEXT.get(ending, "") if _is_text(data) else ""


def _zipped_type(ending: str, data: bytes) -> str:
    """The type of an office document with this ending, if it is one and carries no macros. Unpacks nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            if any(name.endswith("vbaProject.bin") for name in names):
                return ""
            part, kind = OFFICE_PARTS.get(ending, ("", ""))
            if part in names and "[Content_Types].xml" in names:
                return kind
            own = _own_type(package)
            return own if own == OPEN_DOCUMENTS.get(ending) else ""
    except BROKEN:
        return ""


def _own_type(package: zipfile.ZipFile) -> str:
    """What an OpenDocument package says it is; empty where it says nothing, or packs it away."""
    try:
        part = package.getinfo(OPEN_DOCUMENT_PART)
    except KeyError:
        return ""
    if part.compress_type != zipfile.ZIP_STORED or part.flag_bits & 1 or part.file_size > 200:
        return ""
    return package.read(part).decode("ascii", errors="replace").strip()


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
