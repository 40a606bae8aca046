"""Results do not depend on how readings came in batches, nor on memory having been on disk in between."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.pipeline import Pipeline
from collector.reading import Quality, ReadingBatch
from tests.unit.alarms.small_plant import Planted, derived, kind, plant, point, rule
from tests.unit.analytics.line import START, Said, said

MINUTE_S = 60
FULL = kind(
    "full",
    {"t": point("30s"), "run": point("1m", type="bool"), "total": point("2m", low=0, high=1e9)},
    {
        "hot": rule(point="t", above=60, deadband=3, on_delay="2m", off_delay="90s"),
        "short": rule(point="t", above=70, on_delay="20s"),
        "cold": rule(point="t", below="limit", deadband=1),
        "cycling": rule(when="starts(run, '20m') > 3", off_delay="5m"),
        "leak": rule(point="grown", above=40, enabled_by="run == 1"),
        "idle": rule(when="since_true(run, '1h') > 600"),
    },
    derived={"grown": derived("increase(total, '30m')"), "calm": derived("mean(t, '10m')", when="run == 0")},
    parameters={"limit": 30.0},
)
OTHER = kind("other", {"p": point("1m")}, {"high": rule(point="p", above=60, on_delay="3m")})


def small() -> list[Planted]:
    return [Planted(f"north/full-{i}", FULL) for i in range(3)] + [
        Planted(f"north/other-{i}", OTHER) for i in range(2)
    ]


PLANT = plant(*small())


def trace(seed: int, minutes: int = 240) -> list[ReadingBatch]:
    """Small batches as devices send them: random walks, outages, disorder, bad and late readings."""
    rng = np.random.default_rng(seed)
    rows = []
    for p in PLANT.points.values():
        if p.derived:
            continue
        step = p.interval_ns // 10**9
        seconds = np.arange(int(rng.integers(step)), minutes * MINUTE_S, step)
        seconds = seconds[(rng.random(len(seconds)) > 0.05) & ((seconds // 1800) % 5 != rng.integers(5))]
        walk = 50 + np.cumsum(rng.normal(0, 3, len(seconds)))
        values = {"run": rng.random(len(seconds)) > 0.6, "total": np.cumsum(rng.integers(0, 4, len(seconds)))}
        value = np.asarray(values.get(p.name, walk), dtype=np.float64)
        arrival = seconds + rng.exponential(3, len(seconds)) + 900 * (rng.random(len(seconds)) > 0.99)
        rows += [(a, p.number, s, v) for a, s, v in zip(arrival, seconds, value, strict=True)]
    rows.sort()
    batches = []
    for part in np.array_split(np.array(rows), len(rows) // 4):
        arrival, number, second, value = part.T
        received = START + int(arrival.max() * 10**9)
        time = START + second.astype(np.int64) * 10**9
        quality = np.where(received - time > 600 * 10**9, Quality.UNCERTAIN, Quality.GOOD)
        quality[rng.random(len(part)) > 0.99] = Quality.BAD
        batches.append(ReadingBatch.of(number, time, value, quality=quality, received_at=received))
    return batches


def play(groups: list[list[ReadingBatch]], *, through_disk: bool = False) -> tuple[list[Said], np.ndarray]:
    pipeline = Pipeline(PLANT)
    changes, derived = [], []
    for group in groups:
        outcome = pipeline.take(group)
        changes += outcome.changes
        derived.append(outcome.derived)
        if through_disk:
            saved = {name: array.copy() for name, array in pipeline.save().items()}
            pipeline = Pipeline(PLANT)
            pipeline.restore(saved)
    changes += pipeline.tick(max(b.received_at for group in groups for b in group))
    # Silence of seconds over the limit hangs on which device's reading came first; all else must be equal.
    changes = [c for c in changes if not c.rule.startswith("no_data")]
    told = ReadingBatch.concat(derived)
    order = np.lexsort((told.value, told.time, told.point))
    return said(changes), np.stack([told.point[order], told.time[order], told.value[order]])


def grouped(batches: list[ReadingBatch], size: int) -> list[list[ReadingBatch]]:
    return [batches[i : i + size] for i in range(0, len(batches), size)]


@pytest.mark.parametrize("seed", range(4))
def test_one_by_one_as_all_at_once(seed: int) -> None:
    batches = trace(seed)
    single, derived = play([[b] for b in batches])
    assert len({s[1] for s in single}) > 10, "a story in which nothing happens proves nothing"
    for size in (7, 100, len(batches)):
        changes, values = play(grouped(batches, size))
        assert changes == single
        np.testing.assert_allclose(values, derived, rtol=1e-9, atol=1e-7)


def test_memory_through_the_disk_changes_nothing() -> None:
    batches = trace(11)
    plain, derived = play(grouped(batches, 20))
    changes, values = play(grouped(batches, 20), through_disk=True)
    assert changes == plain
    np.testing.assert_allclose(values, derived, rtol=1e-9, atol=1e-7)


def test_an_asset_more_leaves_the_others_their_memory() -> None:
    batches = trace(12)
    whole = Pipeline(PLANT)
    for batch in batches[:300]:
        whole.take([batch])
    saved = whole.save()
    # The new asset stands last, so that the others keep their numbers, as they do in the database.
    bigger = plant(*small(), Planted("north/full-9", FULL))
    grown = Pipeline(bigger)
    grown.restore({name: array.copy() for name, array in saved.items()})
    for batch in batches[300:600]:
        now = [s for s in said(grown.take([batch]).changes) if "full-9" not in s[1]]
        assert now == said(whole.take([batch]).changes)


def test_an_asset_less_leaves_the_others_their_memory() -> None:
    batches = trace(13)
    whole = Pipeline(PLANT)
    for batch in batches[:300]:
        whole.take([batch])
    smaller = plant(*[p for p in small() if p.id != "north/other-1"])
    shrunk = Pipeline(smaller)
    shrunk.restore({name: array.copy() for name, array in whole.save().items()})
    for batch in batches[300:600]:
        expected = [s for s in said(whole.take([batch]).changes) if "other-1" not in s[1]]
        assert said(shrunk.take([batch]).changes) == expected
