"""Streaming detectors: what is unusual about a reading, each way of asking in one file of this folder."""
