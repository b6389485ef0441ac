"""People: who is invited, who is in, with which seats and roles.

It stands above the register and above accounts, as an invitation speaks of both; neither knows of it.
"""
