"""Every address of the portal, from the resolver itself: a new address is in the matrix the moment it exists."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

# Families that are not ours to walk: Django's admin is for superusers only and has its own test.
LEFT_OUT = {"admin": "Django's admin: superusers only, tested by itself"}


@dataclass(frozen=True)
class Address:
    """A named address with the names of the arguments it takes."""

    name: str
    route: str
    arguments: tuple[str, ...]


def every_address() -> list[Address]:
    """All addresses, by route; those of a family left out are missing."""
    return sorted(_walk(get_resolver(), "", ()), key=lambda address: address.route)


def _walk(resolver: URLResolver, route: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = ":".join((*spaces, entry.name or here))
            yield Address(name, here, _arguments(entry, resolver))
        elif entry.namespace not in LEFT_OUT:
            yield from _walk(entry, here, (*spaces, entry.namespace) if entry.namespace else spaces)


def _arguments(entry: URLPattern, parent: URLResolver) -> tuple[str, ...]:
    own = entry.pattern.converters or entry.pattern.regex.groupindex
    above = parent.pattern.converters or parent.pattern.regex.groupindex
    return tuple(dict.fromkeys((*above, *own)))
