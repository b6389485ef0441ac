"""Browsers by their names."""

from django import template

from accounts.browsers import name_of

register = template.Library()
register.filter("browser", name_of)
