"""The fonts of the file, which grow with the personal words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf
from weasyprint.pdf.fonts import build_fonts_dictionary

from core.standing.words import Doubt


class Fonts:
    """The font objects of the file, made anew when personal words bring glyphs that were not in it."""

    def __init__(self, pdf: Any, fonts: dict[Any, Any], options: dict[str, Any]) -> None:
        self.fonts, self.options = fonts, options
        if len({font.hash for font in fonts.values()}) < len(fonts):
            raise Doubt("two fonts of one name")
        resources = next(item for item in pdf.objects if isinstance(item, pydyf.Dictionary) and "ColorSpace" in item)
        self.last = int(resources["Font"].split()[0])
        files = [
            int(value.split()[0])
            for item in pdf.objects[: self.last]
            if isinstance(item, pydyf.Dictionary)
            for name, value in item.items()
            if name.startswith("FontFile")
        ]
        self.first = min(files)
        self.known = self._count()

    def _count(self) -> int:
        return sum(len(font.to_unicode) for font in self.fonts.values())

    def named(self, name: str) -> Any:
        """The font that content streams call so."""
        return next(font for font in self.fonts.values() if font.hash == name)

    @property
    def are_outdated(self) -> bool:
        """Whether glyphs came that are not in the file."""
        return self.known != self._count()

    def renewed(self) -> Iterator[tuple[int, Any]]:
        """The font objects made anew, by number. Raises Doubt."""
        scratch = pydyf.PDF()
        scratch.objects = [None] * self.first
        references = build_fonts_dictionary(scratch, self.fonts, True, True, self.options)
        scratch.add_object(references)
        if references.number != self.last:
            raise Doubt("a font of another kind")
        self.known = self._count()
        return enumerate(scratch.objects[self.first :], start=self.first)
