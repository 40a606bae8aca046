"""How readings are written as line protocol."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.reading import Quality, Source
from collector.stores.influx.lines import LineBuilder
from collector.stores.influx.schema import Place, Schema
from tests.unit.collector.influx_kit import PLACES, T0, batch


def text(readings, places=PLACES) -> str:
    return "".join(bytes(lines.body).decode() for lines in LineBuilder(Schema(places)).build(readings))


def test_readings_of_one_asset_and_time_share_a_line():
    readings = batch([2, 3, 1, 1], [T0, T0, T0, T0 + 5], [55.5, 60, 70, 71])
    assert text(readings) == (
        f"boiler,asset=north/boiler-1,site=north supply_temp=70,return_temp=55.5 {T0}\n"
        f"boiler,asset=north/boiler-1,site=north supply_temp=71 {T0 + 5}\n"
        f"boiler,asset=south/boiler-2,site=south supply_temp=60 {T0}\n"
    )


def test_marked_readings_stand_apart_with_their_marks():
    quality, source = (
        [Quality.GOOD, Quality.BAD, Quality.GOOD],
        [Source.SENSOR, Source.SENSOR, Source.DERIVED],
    )
    readings = batch([1, 2, 3], [T0] * 3, [70, 999, 12], quality=quality, source=source)
    assert text(readings).splitlines() == [
        f"boiler,asset=north/boiler-1,site=north supply_temp=70 {T0}",
        f"boiler_marked,asset=south/boiler-2,quality=good,site=south,source=derived supply_temp=12 {T0}",
        f"boiler_marked,asset=north/boiler-1,quality=bad,site=north,source=sensor return_temp=999 {T0}",
    ]


def test_the_last_reading_of_a_point_and_time_is_the_one_that_is_written():
    assert text(batch([1, 1, 1], [T0] * 3, [1, 2, 3])).count("supply_temp") == 1
    assert "supply_temp=3 " in text(batch([1, 1, 1], [T0] * 3, [1, 2, 3]))


def test_points_that_nobody_has_any_more_are_written_all_the_same():
    assert text(batch([7, 1], [T0, T0], [5, 6])).splitlines() == [
        f"boiler,asset=north/boiler-1,site=north supply_temp=6 {T0}",
        f"unassigned,asset=point-7 value=5 {T0}",
    ]


def test_names_are_escaped():
    places = {1: Place("a kind,x", "s=1", "s=1/a b", "p,=q")}
    assert (
        text(batch([1], [T0], [1]), places) == rf"a\ kind\,x,asset=s\=1/a\ b,site=s\=1 p\,\=q=1 {T0}" + "\n"
    )


def test_parts_are_cut_between_lines_and_know_their_readings():
    readings = batch([1, 2, 3, 1], [T0, T0, T0, T0 + 1], [1, 2, 3, 4])
    (lines,) = LineBuilder(Schema(PLACES)).build(readings)
    halves = [lines.part(0, 1), lines.part(1, 3)]
    assert [part.count for part in halves] == [2, 2]
    assert b"".join(bytes(part.body) for part in halves) == bytes(lines.body)
    assert halves[1].part(1, 2).count == 1
    assert bytes(halves[1].part(1, 2).body).startswith(b"boiler,asset=south/")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_every_number_comes_out_of_its_text_unchanged(values):
    written = text(batch([1] * len(values), T0 + np.arange(len(values)), values))
    back = [float(line.split("supply_temp=")[1].split(" ")[0]) for line in written.splitlines()]
    assert back == values
