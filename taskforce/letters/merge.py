"""Merge fields: the few words in a letter's text that differ from one recipient to the next."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.richtext import FIELD, PUNCTUATION, fields_in, unknown_fields

WRONG = "text-errors"  # where a page says what is wrong with a text
LONGEST = 30_000  # characters of a text: some ten pages
TYPED = re.compile(r"\{\{([^{}]*)\}\}|\{\{|\}\}")  # a field, or braces without their fellows
FIELDS = {
    "office": gettext_lazy("name of the office"),
    "countries": gettext_lazy("the countries that the office serves"),
    "salutation": gettext_lazy("how the Resident Coordinator is addressed"),
    "coordinator": gettext_lazy("name of the Resident Coordinator"),
    "title": gettext_lazy("functional title of the Resident Coordinator"),
    "deadline": gettext_lazy("date by which an answer is asked for, with its place"),
    "link": gettext_lazy("address of the recipient's own answering page"),
    "invitations": gettext_lazy("the numbered list of invitations, on a line of its own"),
}


def problems(text: str) -> list[str]:
    """What is wrong with the fields of a text, in words for its author; empty when all are known and closed."""
    found = [_("“{{ %(name)s }}” is not a merge field.") % {"name": name} for name in unknown_fields(text, FIELDS)]
    if found:
        found.append(_("These exist: %(names)s.") % {"names": ", ".join(f"{{{{ {name} }}}}" for name in FIELDS)})
    rest = FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append(_("A merge field begins with {{ and ends with }}; here one of the two is missing."))
    return found + too_long(text)


def too_long(text: str) -> list[str]:
    """That a text is longer than a letter should be; empty when it is not."""
    found = []
    if len(text) > LONGEST:
        words = _("The text has %(number)d characters; shorten it to %(most)d.")
        found.append(words % {"number": len(text), "most": LONGEST})
    return found


def with_wrong_marked(text: str) -> str:
    """A text that is still being typed, with what is no merge field as a link to where that is said: fit for a preview."""

    def said(match: re.Match[str]) -> str:
        words = PUNCTUATION.sub(r"\\\1", " ".join(match[0].split()))
        return match[0] if (match[1] or "").strip() in FIELDS else f"[{words}](#{WRONG})"

    return TYPED.sub(said, text)


def spread(text: str, *, link: str, invitations: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The text with link and list of invitations in their places, and the values of the fields that this brings in.

    Invitations that no field places come at the end.
    """
    if invitations and "invitations" not in fields_in(text):
        text += "\n\n{{ invitations }}"
    names = [f"invitation {number}" for number in range(1, len(invitations) + 1)]
    lines = "\n".join(f"{number}. {{{{ {name} }}}}" for number, name in enumerate(names, start=1))
    blocks = {"link": f"<{link}>", "invitations": f"\n\n{lines}\n\n"}
    spread_out = FIELD.sub(lambda match: blocks.get(match[1].strip(), match[0]), text)
    return spread_out, dict(zip(names, invitations, strict=True))
