"""How many faults of a simulated campus are found and rightly named, and how many alarms are unfounded."""

from __future__ import annotations

from device_sim.suites import campus

GROUPS = ("detection",)


def run() -> dict[str, float]:
    """Middle severity, seeds from the commit; prints the table of all severities."""
    verdict = campus.judge(campus.commit_seed())
    print(campus.table(verdict))
    middle = verdict.of("middle")
    return {
        "campus_recall": campus.recall(middle),
        "campus_first_cause": campus.first_cause(middle),
        "campus_false_alarms_per_asset_month": verdict.false_alarms_per_asset_month,
    }
