"""What ends a run early."""

from __future__ import annotations


class PlantError(Exception):
    """The plant died, stalled or answered nonsense; the message says which and when."""
