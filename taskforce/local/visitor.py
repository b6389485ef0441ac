"""A person at the portal without a browser: cookies, forms, redirects. Standard library only."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form on a page: where it goes, and the values it has already."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)  # what each list offers


class PageParser(HTMLParser):
    """Finds the forms, the links and the heading of a page."""

    def __init__(self) -> None:
        """Nothing is found yet."""
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.text = ""
        self._form: Form | None = None
        self._link: str | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in found:
            self._link = found["href"]
            self.links.setdefault(self._link, "")
        elif self._form and found.get("name"):
            self.note_field(tag, found)
        elif tag == "option" and self._form and self._select:
            self._form.options[self._select].append(found.get("value", ""))
            if "selected" in found or self._select not in self._form.values:
                self._form.values[self._select] = found.get("value", "")

    def note_field(self, tag: str, found: Mapping[str, str]) -> None:
        """Note a field of the form that is open."""
        assert self._form  # noqa: S101 - the caller has looked
        name, kind = found["name"], found.get("type", "text")
        if tag == "textarea":
            self._area = name
            self._form.values[name] = ""
        elif tag == "select":
            self._select = name
            self._form.options[name] = []
        elif tag == "button" or kind == "submit":
            self._form.buttons[name] = found.get("value", "")
        elif tag == "input" and (kind not in {"checkbox", "radio"} or "checked" in found):
            self._form.values[name] = found.get("value", "")

    def handle_data(self, data: str) -> None:
        """Collect the text, of the page, of a link and of a text area."""
        self.text += data
        if self._link is not None:
            self.links[self._link] += data
        if self._area is not None and self._form:
            self._form.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        match tag:
            case "form":
                self._form = None
            case "a":
                self._link = None
            case "textarea":
                self._area = None
            case "select":
                self._select = None


@dataclass(frozen=True)
class Page:
    """An answer of the portal."""

    url: str
    status: int
    kind: str
    content: bytes

    @property
    def parsed(self) -> PageParser:
        """Forms, links and text of an HTML page."""
        parser = PageParser()
        parser.feed(self.content.decode(errors="replace"))
        return parser

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.parsed.text.split())

    def form(self, *fields: str, action: str = "") -> Form:
        """The first form that has all these fields and whose address ends so."""
        for form in self.parsed.forms:
            if form.action.endswith(action) and set(fields) <= form.values.keys() | form.buttons.keys():
                return form
        raise LookupError(f"{self.url} has no form with {', '.join(fields) or 'the address …' + action}")

    def link(self, words: str) -> str:
        """The address of the first link whose text holds these words."""
        for address, text in self.parsed.links.items():
            if words.casefold() in " ".join(text.split()).casefold():
                return address
        raise LookupError(f"{self.url} has no link {words!r}")


class Visitor:
    """One person with one session."""

    def __init__(self, portal: str) -> None:
        """Nobody has signed in yet."""
        self.portal = portal
        self.cookies = http.cookiejar.CookieJar()
        jar = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(jar, urllib.request.ProxyHandler({}))

    def get(self, address: str) -> Page:
        """Open a page and follow redirects; an error page is a page too."""
        return self.open(urllib.request.Request(urllib.parse.urljoin(self.portal, address)))  # noqa: S310

    def submit(self, page: Page, form: Form, **values: str) -> Page:
        """Send a form of a page, with these values changed or added."""
        data = urllib.parse.urlencode(form.values | values)
        address = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.method == "get":
            return self.get(f"{address.split('?')[0]}?{data}")
        headers = {"Referer": page.url, "Origin": self.portal}
        return self.open(urllib.request.Request(address, data.encode(), headers))  # noqa: S310

    def open(self, request: urllib.request.Request) -> Page:
        """The page that answers."""
        try:
            with self.opener.open(request, timeout=60) as answer:
                return Page(answer.url, answer.status, answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.url or "", error.code, error.headers.get_content_type(), error.read())

    def sign_in(self, email: str, password: str) -> Page:
        """Fill in the sign-in form."""
        page = self.get("/accounts/login/")
        return self.submit(page, page.form("login"), login=email, password=password)
