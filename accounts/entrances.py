"""Ways into the portal besides password and passkey. Whoever offers some tells it here; the sign-in page shows them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entrance:
    """A button of the sign-in page: its words, where it is sent, and the origin (`https://host`) to which that leads."""

    label: str
    url: str
    origin: str


_offers: list[Callable[[], Iterable[Entrance]]] = []


def offer(source: Callable[[], Iterable[Entrance]]) -> None:
    """Ask `source` for its entrances whenever the sign-in page is shown."""
    _offers.append(source)


def entrances() -> list[Entrance]:
    """All that is offered now."""
    return [entrance for source in _offers for entrance in source()]
