"""Alarms after ISA-18.2: conditions become occurrences, people answer them, every change leaves a row."""
