"""Prognosis: how long until it fails, with a range."""
