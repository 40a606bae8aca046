"""Shapes of the ledger, the quarantine and the outcome of what a person handed in."""

from __future__ import annotations
