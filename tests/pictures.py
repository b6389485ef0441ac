"""Two PDFs side by side: what their pages look like, say, link to and how they are tagged."""

from io import BytesIO
from typing import Any

import pikepdf
from pypdfium2 import PdfDocument


def pictures(data: bytes) -> list[bytes]:
    """Each page as a picture, pixel by pixel."""
    with PdfDocument(data) as document:
        return [bytes(page.render(scale=1.5).buffer) for page in document]


def texts(data: bytes) -> list[str]:
    """The text of each page as a reader would copy it."""
    with PdfDocument(data) as document:
        return [page.get_textpage().get_text_range() for page in document]


def links(data: bytes) -> list[tuple[str, list[float]]]:
    """Where the links of all pages lead, and their rectangles."""
    with pikepdf.open(BytesIO(data)) as document:
        found = [link for page in document.pages for link in page.get("/Annots", [])]
        return [(str(link.A.URI), [round(float(edge), 3) for edge in link.Rect]) for link in found]


def tags(data: bytes) -> list[str]:
    """The tags of blocks and links in reading order."""
    with pikepdf.open(BytesIO(data)) as document:
        return list(_tags(document.Root.StructTreeRoot.K[0]))


def _tags(element: Any) -> Any:
    if isinstance(element, pikepdf.Dictionary) and "/S" in element:
        if str(element.S) not in {"/Span", "/NonStruct"}:
            yield str(element.S)
        for kid in element.get("/K", []):
            yield from _tags(kid)


def names(data: bytes) -> tuple[str, str, str, str]:
    """Language, title, its copy in the metadata, and the part of PDF/UA it claims."""
    with pikepdf.open(BytesIO(data)) as document, document.open_metadata() as metadata:
        title = str(document.docinfo["/Title"])
        return str(document.Root.Lang), title, metadata["dc:title"], metadata["pdfuaid:part"]
