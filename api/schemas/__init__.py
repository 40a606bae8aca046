"""Shapes of what goes over the REST interface; times are RFC 3339 in UTC, words in the language asked for."""
