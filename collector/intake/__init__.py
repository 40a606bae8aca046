"""From messages to journal entries: decoding, checks, duplicates, the ledger's and quarantine's share."""

from collector.intake.intake import PORTION_READINGS, Intake, portions

__all__ = ["PORTION_READINGS", "Intake", "portions"]
