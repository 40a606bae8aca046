"""What every detector found in the folder must hold to, whoever wrote it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from analytics.detectors.base import Detector
from analytics.detectors.registry import detectors

POINTS = np.arange(100, 108, dtype=np.int32)
GROUPS = np.array([1, 1, 1, 1, 2, 2, 2, 2], dtype=np.int32)
STEP_NS = 600 * 10**9
START_NS = 1_767_225_600 * 10**9
STEPS = 900


def stream(steps: int = STEPS, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eight points every ten minutes: a daily swing, common weather per group, noise of their own."""
    rng = np.random.default_rng(seed)
    time = START_NS + np.arange(steps) * STEP_NS
    swing = 5 * np.sin(2 * np.pi * np.arange(steps) / 144)
    weather = rng.normal(0, 0.5, (steps, 2)).cumsum(axis=0) * 0.1
    values = 50 + swing[:, None] + weather[:, GROUPS - 1] + rng.normal(0, 0.2, (steps, len(POINTS)))
    return np.tile(POINTS, steps), np.repeat(time, len(POINTS)), values.ravel()


def in_batches(detector: Detector, columns, size: int) -> np.ndarray:
    point, time, value = columns
    parts = [slice(at, at + size) for at in range(0, len(point), size)]
    return np.concatenate([detector.process(point[p], time[p], value[p]) for p in parts])


@pytest.fixture(params=sorted(detectors()))
def kind(request: pytest.FixtureRequest) -> type[Detector]:
    return detectors()[request.param]


@pytest.fixture
def fresh(kind: type[Detector]):
    return lambda **more: kind(POINTS, groups=GROUPS, **({"seed": 7} | more))


@pytest.fixture
def taught(fresh) -> Detector:
    detector = fresh()
    detector.process(*stream())
    return detector


def later(steps: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    point, time, value = stream(steps, seed=9)
    return point, time + STEPS * STEP_NS, value


def same(one: Detector, other: Detector) -> bool:
    a, b = one.save(), other.save()
    return a.keys() == b.keys() and all(
        np.array_equal(a[k], b[k], equal_nan=a[k].dtype.kind == "f") for k in a
    )


def test_scoring_changes_nothing(taught: Detector) -> None:
    before = pickle.dumps(taught.save())
    first = taught.score(*later())
    assert pickle.dumps(taught.save()) == before
    assert np.array_equal(first, taught.score(*later()))


def test_scores_are_finite_and_not_negative(fresh) -> None:
    scores = fresh().process(*stream())
    assert scores.shape == (STEPS * len(POINTS),)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def test_same_seed_and_same_readings_give_the_same_scores(fresh) -> None:
    assert np.array_equal(fresh().process(*stream()), fresh().process(*stream()))


def test_score_then_learn_equals_process(fresh) -> None:
    apart, together = fresh(), fresh()
    for at in range(0, STEPS * 8, 8):
        batch = [column[at : at + 8] for column in stream()]
        scores = apart.score(*batch)
        apart.learn(*batch)
        assert np.array_equal(scores, together.process(*batch))
    assert same(apart, together)


def test_size_of_the_batch_does_not_matter(fresh) -> None:
    one_time, many = fresh(), fresh()
    assert np.allclose(in_batches(one_time, stream(), 8), in_batches(many, stream(), 8 * 37), rtol=1e-9)
    assert one_time.save().keys() == many.save().keys()


def test_scoring_many_times_ahead_equals_processing_them(taught: Detector) -> None:
    ahead = taught.score(*later())
    assert np.allclose(ahead, taught.process(*later()), rtol=1e-9)


def test_restart_in_the_middle_gives_the_same_scores(fresh) -> None:
    point, time, value = stream()
    half = len(point) // 2
    whole = fresh().process(point, time, value)
    first = fresh()
    first.process(point[:half], time[:half], value[:half])
    second = fresh().restore(first.save())
    assert np.array_equal(second.process(point[half:], time[half:], value[half:]), whole[half:])


def test_pickle_carries_the_whole_memory(taught: Detector) -> None:
    other = pickle.loads(pickle.dumps(taught))
    assert np.array_equal(taught.process(*later()), other.process(*later()))
    assert same(taught, other)


def test_what_is_saved_is_plain_arrays_and_a_copy(taught: Detector) -> None:
    saved = taught.save()
    assert all(isinstance(array, np.ndarray) and array.dtype != object for array in saved.values())
    scores = taught.score(*later())
    for array in saved.values():
        array.fill(0)
    assert np.array_equal(scores, taught.score(*later()))


def test_memory_does_not_grow_with_readings(fresh) -> None:
    detector = fresh()
    detector.process(*stream(50))
    size = detector.nbytes
    detector.process(*stream(STEPS))
    assert detector.nbytes == size
    assert size / len(POINTS) < 64_000


def test_nan_and_unknown_points_score_nothing_and_teach_nothing(taught: Detector) -> None:
    before = pickle.dumps(taught.save())
    point = np.array([100, 5, 101], dtype=np.int32)
    time = np.full(3, START_NS + STEPS * STEP_NS)
    scores = taught.process(point, time, np.array([np.nan, 1.0, np.inf]))
    assert scores.tolist() == [0, 0, 0]
    assert pickle.dumps(taught.save()) == before


def test_an_empty_batch_is_no_event(taught: Detector) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert len(taught.process(nothing.astype(np.int32), nothing, nothing.astype(np.float64))) == 0


def test_warm_up_is_said_and_holds_scores_at_zero(fresh) -> None:
    detector = fresh()
    first = tuple(column[:8] for column in stream())
    confidence = detector.confidence(POINTS)
    assert ((confidence >= 0) & (confidence <= 1)).all()
    cold = ~detector.warm(POINTS)
    assert (detector.score(*first)[cold] == 0).all()
    detector.process(*stream())
    assert detector.warm(POINTS).all()
    assert not detector.warm(np.array([5], dtype=np.int32)).any()


def test_readings_out_of_order_do_no_harm(taught: Detector) -> None:
    point, time, value = stream(30)
    scores = taught.process(point, time[::-1].copy(), value)
    assert np.isfinite(scores).all()


def test_constant_signals_do_no_harm(fresh) -> None:
    point, time, value = stream()
    scores = fresh().process(point, time, np.full_like(value, 21.0))
    assert np.isfinite(scores).all()


def test_points_can_come_and_go_over_a_restart(kind: type[Detector], taught: Detector) -> None:
    fewer = np.array([900, *POINTS[:4]], dtype=np.int32)
    other = kind(fewer, groups=np.array([9, 1, 1, 1, 1], dtype=np.int32), seed=7).restore(taught.save())
    assert other.warm(POINTS[:4]).all()
    point, time, value = later()
    mine = point < 104
    expected = taught.process(point, time, value)[mine]
    assert np.allclose(other.process(point[mine], time[mine], value[mine]), expected, rtol=1e-9)


def test_memory_of_another_detector_is_refused(fresh) -> None:
    detector = fresh()
    saved = {key: array for key, array in detector.save().items() if key in ("points", "groups")}
    with pytest.raises(ValueError, match=detector.name):
        detector.restore(saved)


def test_held_points_keep_what_is_normal(fresh) -> None:
    detector, held = fresh(), fresh()
    detector.process(*stream())
    held.process(*stream())
    point, time, value = later(60)
    detector.learn(point, time, value)
    held.learn(point, time, value + 20, normal=np.zeros(len(point), dtype=np.bool_))
    point, time, value = later(140)
    after = slice(100 * 8, None)
    usual = detector.process(point[after], time[after], value[after])
    resumed = held.process(point[after], time[after], value[after])
    assert (resumed[-80:] > 1).sum() <= (usual[-80:] > 1).sum() + 4


def test_a_point_given_twice_is_refused(kind: type[Detector]) -> None:
    with pytest.raises(ValueError, match="twice"):
        kind(np.array([1, 1], dtype=np.int32))


def test_unknown_options_are_refused(kind: type[Detector]) -> None:
    with pytest.raises(ValueError, match="no_such_option"):
        kind.settings_type(no_such_option=1)


def test_it_has_a_title_in_both_languages(kind: type[Detector]) -> None:
    assert kind.title.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in kind.title.zh)
