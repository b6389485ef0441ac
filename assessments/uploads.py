"""What may be uploaded with a contribution, told by its content and never by what the browser claims."""

from __future__ import annotations

from pathlib import PurePath

LARGEST = 20 * 1024 * 1024  # bytes
OFFICE = "application/vnd.openxmlformats-officedocument."
IN_ZIP = {
    ".docx": f"{OFFICE}wordprocessingml.document",
    ".xlsx": f"{OFFICE}spreadsheetml.sheet",
    ".pptx": f"{OFFICE}presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
AS_TEXT = {".csv": "text/csv", ".txt": "text/plain"}


def content_type_of(name: str, data: bytes) -> str:
    """The type of a PDF, an office document or plain text in UTF-8; empty for anything else, or if name and content differ."""
    ending = PurePath(name).suffix.lower()
    if data.startswith(b"%PDF-"):
        return "application/pdf" if ending == ".pdf" else ""
    if data.startswith(b"PK\x03\x04"):
        return IN_ZIP.get(ending, "")
    return AS_TEXT.get(ending, "") if _is_text(data) else ""


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
