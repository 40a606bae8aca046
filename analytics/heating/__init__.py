"""Heating zones: models learned from history, schedules, and a control plan that explains each setpoint."""
