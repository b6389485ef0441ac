"""Browser tests: the portal as people see it, in a real Chromium against a real server."""
