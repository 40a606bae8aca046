"""Derived points: expressions over an asset's rows, and what they remember of the past."""
