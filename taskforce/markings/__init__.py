"""Markings lowered by two people: one asks and says why, another one who may decides."""
