"""What an answer says: every readable word of it, and the answer with nothing left that lawfully differs between two requests."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import pypdfium2
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse

DAYS = "|".join(str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)) for days in (-1, 0, 1))

# All that is made anew for each request, and so differs between two answers that say the same. Nothing else may.
NORMALISED = {
    "form token": (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+'), r"\1"),
    "form token in its cookie": (re.compile(r"(csrftoken=)[^;\s]+"), r"\1"),
    "cookie of the sign-in, renewed after a minute": (re.compile(r"(?m)^Set-Cookie: (__Host-)?sessionid=.*$\n?"), ""),
    "end of a cookie's life": (re.compile(r"(expires=)[^;\r\n]+"), r"\1"),
    "signature of a note to the next page": (re.compile(r"(Set-Cookie: messages=[^:;]+:)[^;]+"), r"\1"),
    "nonce of the Content-Security-Policy": (re.compile(r"(nonce[-=]\"?)[A-Za-z0-9+/=_-]+"), r"\1"),
    "end of an answer's life": (re.compile(r"(?m)^(Expires:).*$"), r"\1"),
    "length of the body, which is compared itself": (re.compile(r"(?m)^(Content-Length:).*$"), r"\1"),
    "name of what the request made, in its redirect": (
        re.compile(r"(?m)^(Location: .*/)[0-9a-f-]{36}/(edit/)?$"),
        r"\1\2",
    ),
    "moment at which a spreadsheet was made": (re.compile(r'(W3CDTF">)[^<]+'), r"\1"),
    "moment of the line that a copy of the audit leaves in itself": (
        re.compile(r"(?m)(^[\d: .-]+Z|<v>[\d.]+</v></c>)(?=,saved a copy|<c [^>]*><is><t[^>]*>saved a copy)"),
        "",
    ),
    "moments of these days": (re.compile(rf'<time datetime="({DAYS})T[^<]*</time>'), ""),
    "key of a second factor that is offered": (re.compile(r"(<code><bdi>)[A-Z2-7]{32}(?=</bdi></code>)"), r"\1"),
    "picture of that key": (re.compile(r'(class="portal-qr" src=")[^"]+'), r"\1"),
    "question that a passkey shall answer": (re.compile(r'("challenge": ")[^"]+'), r"\1"),
}


@dataclass(frozen=True)
class Answer:
    """One answer of the portal: its status and all its text (headers, cookies, body; the parts of a spreadsheet, pages of a PDF)."""

    status: int
    location: str
    text: str
    raw: bytes = field(repr=False, default=b"")

    @property
    def is_sign_in(self) -> bool:
        """Whether it sends the visitor to the sign-in page."""
        return self.status == 302 and self.location.startswith("/accounts/login/?")

    @property
    def opened(self) -> bool:
        """Whether the page itself answered: with content, or with a refusal of what was typed (422) or of the moment (409)."""
        return (self.status < 400 and not self.is_sign_in) or self.status in {409, 422}

    @property
    def refused(self) -> bool:
        """Whether the person was turned away, or what they typed was."""
        return self.status in {400, 403, 404, 405, 422} or self.is_sign_in

    def normal(self) -> str:
        """The answer without what is lawfully made anew for each request."""
        text = self.text
        for pattern, left in NORMALISED.values():
            text = pattern.sub(left, text)
        return f"{self.status}\n{text}"


def read(response: HttpResponse) -> Answer:
    """Take the answer in and close it."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    headers = "\n".join(f"{key}: {value}" for key, value in sorted(response.headers.items()))
    cookies: SimpleCookie = response.cookies
    text = "\n".join((headers, *_set(cookies), *_words(body)))
    _close(response)
    return Answer(response.status_code, response.headers.get("Location", ""), text)


def _set(cookies: SimpleCookie) -> list[str]:
    return [cookies[name].output() for name in sorted(cookies)]


def _words(body: bytes) -> Iterator[str]:
    """The body itself, and what is packed into it."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            yield from (parts.read(name).decode(errors="replace") for name in sorted(parts.namelist()))
    elif body.startswith(b"%PDF-"):
        yield from _pages(body)
    else:
        yield body.decode(errors="replace")


def _pages(body: bytes) -> Iterator[str]:
    """Facts and text of each page; a file that only calls itself a PDF is read as it stands."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError:
        yield body.decode(errors="replace")
        return
    yield str(document.get_metadata_dict())
    for page in document:
        yield page.get_textpage().get_text_bounded()
    document.close()


def _close(response: HttpResponse) -> None:
    """Let go of its files without letting go of the database connection, in whose transaction the walk lives."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
