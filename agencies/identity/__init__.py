"""Signing in by the identity provider of one's agency (OpenID Connect).

It stands above the register and above accounts, as `agencies.people` does: a provider belongs to an agency and lets people in.
"""
