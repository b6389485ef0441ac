"""What log and history leave out: of an address that is a key, the key."""

import logging
import re

KEYS = re.compile(r"(/(?:a|join)/)[^/\s\"'?]+")


def without_keys(text: str) -> str:
    """The text with … in place of every key in an address."""
    return KEYS.sub(r"\1…", text)


class WithoutKeys(logging.Formatter):
    """Writes a record without the keys in it: whoever reads the log could open with them what belongs to others."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole record, its traceback included."""
        return without_keys(super().format(record))
