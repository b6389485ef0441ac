"""Text that people write: Markdown to safe HTML, with merge fields such as `{{ office }}`.

Such text never meets the Django template engine. Raw HTML is shown as text, and a whitelist cleans what Markdown made of it.
The value of a merge field is plain text: nothing in it is ever read as Markdown, HTML or another field.
"""

import re
from collections.abc import Collection, Mapping

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from core.marks import personal, unmarked

TAGS = {"p", "br", "strong", "em", "s", "ul", "ol", "li", "h2", "h3", "h4", "blockquote", "a", "hr"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

FIELD = re.compile(r"\{\{(.{0,200}?)\}\}", re.DOTALL)  # has an end: nothing goes through a whole text for each brace
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


class UnknownField(Exception):
    """A merge field has no value. The text is the name of the field."""


def to_html(text: str) -> SafeString:
    """Markdown as HTML that may stand on a page, in an e-mail and in a PDF."""
    html = nh3.clean(_markdown.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES)
    return mark_safe(html)  # noqa: S308  cleaned one line above


def fields_in(text: str) -> list[str]:
    """The names of the merge fields, each once, in order of appearance; also what only looks like a field."""
    return list(dict.fromkeys(name.strip() for name in FIELD.findall(text)))


def unknown_fields(text: str, known: Collection[str]) -> list[str]:
    """The fields of the text that have no meaning here, to be named to the author."""
    return [name for name in fields_in(text) if name not in known]


def merge(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled in, as plain text: for subjects and text e-mails. Raises UnknownField."""
    return FIELD.sub(lambda match: _value(match[1].strip(), values), text)


def merged_html(text: str, values: Mapping[str, str], *, mark: Collection[str] = ()) -> SafeString:
    """The Markdown with its fields filled in, as safe HTML; those named in `mark` as personal words. Raises UnknownField."""

    def literal(match: re.Match[str]) -> str:
        name = match[1].strip()
        value = _literal(unmarked(_value(name, values)))
        return personal(value) if name in mark else value

    return to_html(FIELD.sub(literal, unmarked(text)))


def _value(name: str, values: Mapping[str, str]) -> str:
    try:
        return str(values[name])
    except KeyError:
        raise UnknownField(name) from None


def _literal(value: str) -> str:
    """The value so that Markdown reads it as the very same text, on one line."""
    return PUNCTUATION.sub(r"\\\1", " ".join(value.split()))
