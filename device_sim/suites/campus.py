"""The campus suite: every fault of every kind at three severities, and healthy weeks in four seasons.

Judged by the truth that was planted. Seeds come from the commit, so that nothing can be tuned to them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from joblib import Parallel, delayed

from config.clock import DAY, SECOND
from config.kind import Kind
from config.loading import demo_plant, load_kinds
from device_sim.suites.campus_play import SEVERITIES, Case, Healthy, judge_healthy, judge_kind

MONTH = 30 * DAY
_SEASONS = {"winter": (1, 8), "spring": (4, 20), "summer": (7, 15), "autumn": (10, 12)}
_YEAR = 2025
_HEALTHY_DAYS = 14
_HEATED = ("boiler", "heating")


@dataclass(frozen=True)
class Verdict:
    """What the suite found."""

    seed: int
    cases: tuple[Case, ...]
    healthy: tuple[Healthy, ...]

    def of(self, severity: str) -> list[Case]:
        """The faults of one severity. What is there or not has only the full one, and counts as every one."""
        return [c for c in self.cases if c.severity == severity or (not c.ramp and c.severity == "full")]

    @property
    def false_alarms_per_asset_month(self) -> float:
        """Alarms on healthy equipment per asset and 30 days."""
        return sum(len(h.raised) for h in self.healthy) / (sum(h.asset_ns for h in self.healthy) / MONTH)


def recall(cases: Sequence[Case]) -> float:
    """Share of faults that were found."""
    return _share(case.found is not None for case in cases)


def first_cause(cases: Sequence[Case]) -> float:
    """Share of all faults with a model whose first alarm named the right cause first."""
    return _share(case.right for case in cases if case.expected is not None)


def median_delay(cases: Sequence[Case]) -> float:
    """Median delay of the found faults that grow, as a share of the time they grow; NaN if there are none."""
    found = [delay for case in cases if (delay := case.delay) is not None]
    return median(found) if found else float("nan")


def _share(true: Iterable[bool]) -> float:
    values = list(true)
    return sum(values) / len(values) if values else float("nan")


def commit_seed(folder: Path = Path()) -> int:
    """A seed from the hash of the folder's commit; 0 outside a repository."""
    head = folder / ".git" / "HEAD"
    if not head.exists():
        return 0
    name = head.read_text().removeprefix("ref:").strip()
    branch = folder / ".git" / name
    return int((branch.read_text() if branch.exists() else _packed(folder, name))[:8], 16)


def _packed(folder: Path, name: str) -> str:
    packed = folder / ".git" / "packed-refs"
    lines = packed.read_text().splitlines() if packed.exists() else []
    return next((line for line in lines if line.endswith(f" {name}")), name if "/" not in name else "0")


def judge(
    seed: int,
    kinds: Sequence[str] = (),
    *,
    workers: int = 2,
    healthy: bool = True,
    told: Callable[[], object] = lambda: None,
) -> Verdict:
    """Run the suite. kinds: only these (default all); told: called after every piece of work that is done."""
    every = load_kinds()
    work: list[Any] = [
        delayed(judge_kind)(every[name], _start(every[name], seed), severity, seed)
        for name in (kinds or every)
        for severity in SEVERITIES
    ]
    if healthy:
        work += [delayed(_judge_season)(season, seed) for season in _SEASONS]
    cases: list[Case] = []
    quiet: list[Healthy] = []
    for found in Parallel(n_jobs=workers, return_as="generator")(work):
        if isinstance(found, Healthy):
            quiet.append(found)
        else:
            cases += found[0]
            quiet.append(found[1])
        told()
    return Verdict(seed, tuple(cases), tuple(quiet))


def pieces(kinds: Sequence[str], *, healthy: bool) -> int:
    """How many pieces of work a run has."""
    return len(SEVERITIES) * len(kinds or load_kinds()) + len(_SEASONS) * healthy


def _judge_season(season: str, seed: int) -> Healthy:
    return judge_healthy(demo_plant(), _midnight(*_SEASONS[season]), _HEALTHY_DAYS, seed)


def _start(kind: Kind, seed: int) -> int:
    """Heating plant is watched from the first days of the heating season, the rest in any season."""
    rng = np.random.default_rng([seed, sum(kind.kind.encode())])
    if kind.family in _HEATED:
        return _midnight(11, 16) + int(rng.integers(0, 10)) * DAY
    return _midnight(*_SEASONS[str(rng.choice(list(_SEASONS)))])


def _midnight(month: int, day: int) -> int:
    local = dt.datetime(_YEAR, month, day, tzinfo=ZoneInfo("Asia/Shanghai"))
    return int(local.timestamp()) * SECOND


def table(verdict: Verdict) -> str:
    """One line per kind: found and rightly named of all, at each severity; then the sums."""
    lines = [f"seed {verdict.seed}", _row("kind", *SEVERITIES, "missed or misnamed")]
    for kind in sorted({case.kind for case in verdict.cases}):
        mine = {s: [c for c in verdict.of(s) if c.kind == kind] for s in SEVERITIES}
        wrong = sorted({_fault_of(c) for c in mine["middle"] if c.found is None or not _named(c)})
        lines.append(_row(kind, *(_found(cases) for cases in mine.values()), ", ".join(wrong)))
    lines += [""] + [_sum(severity, verdict.of(severity)) for severity in SEVERITIES]
    lines.append(
        f"false alarms per asset-month on healthy equipment: {verdict.false_alarms_per_asset_month:.3f}"
    )
    often = Counter(rule for h in verdict.healthy for _, rule in h.raised).most_common(5)
    lines += [f"  {count} × {rule}" for rule, count in often]
    return "\n".join(lines)


def _named(case: Case) -> bool:
    return case.right or case.expected is None


def _found(cases: Sequence[Case]) -> str:
    found = [case for case in cases if case.found is not None]
    return f"{len(found)}/{len(cases)} named {sum(map(_named, found))}"


def _fault_of(case: Case) -> str:
    return f"{case.fault} ({'not found' if case.found is None else f'called {case.cause}'})"


def _row(kind: str, *cells: str) -> str:
    return (f"{kind:<22}" + "".join(f"{cell:<18}" for cell in cells)).rstrip()


def _sum(severity: str, cases: Sequence[Case]) -> str:
    return (
        f"{severity:<8} {len(cases)} faults: found {recall(cases):.1%}, right cause first "
        f"{first_cause(cases):.1%}, median delay {median_delay(cases):.2f} of the time they grow"
    )
