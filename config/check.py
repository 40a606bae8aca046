"""Everything that can be wrong in a configuration, found without touching the network or writing a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from config.clock import clock_from
from config.loading import DEMO_FACILITY, SHIPPED_KINDS, examine
from config.mistakes import ConfigurationErrors, Mistake, RefusedError
from config.settings import Settings, load_settings


def check(
    facility: Path | None = None,
    *,
    detector_names: Collection[str] | None = None,
    shipped_kinds: Path = SHIPPED_KINDS,
) -> list[Mistake]:
    """Every mistake in a facility's folder (None: the shipped demo) and in all kinds, in order of place."""
    _, _, mistakes = examine(
        facility or DEMO_FACILITY, detector_names=detector_names, shipped_kinds=shipped_kinds
    )
    return sorted(set(mistakes))


def check_node(
    env: Mapping[str, str], facility: Path | None = None, *, detector_names: Collection[str] | None = None
) -> list[Mistake]:
    """Every mistake in the settings, the clock's variable, and the facility (None: the settings' own)."""
    settings, mistakes = _settings(env)
    named = facility or (settings.facility if settings else None)
    try:
        clock_from(env.get("CARETAKER_CLOCK"))
    except RefusedError as error:
        mistakes.append(Mistake("environment", 0, "", None, error.problem, error.remedy))
    return [*mistakes, *check(named, detector_names=detector_names)]


def _settings(env: Mapping[str, str]) -> tuple[Settings | None, list[Mistake]]:
    try:
        return load_settings(env), []
    except ConfigurationErrors as errors:
        return None, errors.mistakes
