"""What the tests of markings borrow."""

from tests.letters.conftest import scene

__all__ = ["scene"]
