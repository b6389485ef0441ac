"""Briefing packs: choose sections, freeze an edition, render one PDF."""
