"""Measures the product's own detectors and models on public data: one adapter per track in `tracks/`."""

from analytics.benchmarks.runner import Task, UnknownTrackError, run_track, tracks

__all__ = ["Task", "UnknownTrackError", "run_track", "tracks"]
