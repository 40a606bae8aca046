"""Diagnosis: from what is unusual to a named cause."""
