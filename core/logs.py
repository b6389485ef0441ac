"""What the log leaves out: of an address that is a key, the key."""

import logging
import re

KEYS = re.compile(r"(/(?:a|join)/)[^/\s\"'?]+")


class WithoutKeys(logging.Formatter):
    """Writes a record without the keys in it: whoever reads the log could open with them what belongs to others."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole record, its traceback included."""
        return KEYS.sub(r"\1…", super().format(record))
