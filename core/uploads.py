"""What may be uploaded, told by its content and never by what the browser claims."""

from __future__ import annotations

import io
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


class Upload(NamedTuple):
    """A file that was checked, as `core.files.store` takes it."""

    name: str
    content_type: str
    data: bytes


class UploadField(forms.FileField):
    """A file of a known kind and size: an `Upload`, or None where nothing was sent."""

    default_error_messages = {
        "large": _("The file is larger than 20 MB. Send a smaller one."),
        "kind": _(
            "This is no PDF, Word, Excel, PowerPoint, OpenDocument, CSV or text file, or its name says another kind."
        ),
    }

    def __init__(self, **options: Any) -> None:
        kinds = _("PDF, Word, Excel, PowerPoint, OpenDocument, CSV or text, up to 20 MB.")
        super().__init__(**{"help_text": kinds, **options})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refused when it is too large or of another kind."""
        file: UploadedFile[Any] | None = super().clean(data, initial)
        if not file:
            return None
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(self.error_messages["large"], code="large")
        content = file.read()
        if not (kind := content_type_of(file.name or "", content)):
            raise forms.ValidationError(self.error_messages["kind"], code="kind")
        return Upload((file.name or "file")[-200:], kind, content)


def content_type_of(name: str, data: bytes) -> str:
    """The type of a PDF, an office document or plain text in UTF-8; empty for anything else, or if name and content differ."""
    ending = PurePath(name).suffix.lower()
    if data.startswith(b"%PDF-"):
        return "application/pdf" if ending == ".pdf" else ""
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
    except zipfile.BadZipFile:
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
