"""Every track runs on small folders of the public layouts: with labels, without, packed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analytics.benchmarks import UnknownTrackError, run_track, tracks
from analytics.benchmarks.cli import benchmark
from analytics.benchmarks.files import UnreadableDataError
from analytics.benchmarks.nab_score import Judged, normalised, probation
from analytics.detectors.parts.failing_sensors import signals


def write(path: Path, header: str, rows, delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [header.replace(",", delimiter), *(delimiter.join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def stamps(rows: int, step_s: int) -> list[str]:
    start = np.datetime64("2024-01-01T00:00:00")
    return [str(start + np.timedelta64(step_s * at, "s")).replace("T", " ") for at in range(rows)]


def skab_run(path: Path, *, labelled: bool) -> None:
    rng = np.random.default_rng(1)
    values = np.array([10, 50, 200]) + rng.normal(0, 1, (700, 3))
    values[500:650, 1] += 12
    inside = np.arange(700)
    truth = ((inside >= 500) & (inside < 650)).astype(int)
    change = np.isin(inside, (500, 650)).astype(int)
    head, extra = ",anomaly,changepoint", [truth, change]
    columns = [stamps(700, 1), *values.T.round(4), *(extra if labelled else [])]
    write(path, "datetime,Current,Pressure,Flow" + head * labelled, zip(*columns, strict=True), ";")


def test_every_track_of_the_folder_is_found_and_a_typo_is_answered() -> None:
    assert {"boiler", "cmapss", "filter", "nab", "sensor-faults", "skab"} <= set(tracks())
    with pytest.raises(UnknownTrackError, match=r"mean `skab`.*boiler"):
        run_track("skap", ".")


def test_skab_finds_a_shift_and_writes_one_file_per_run(tmp_path: Path) -> None:
    skab_run(tmp_path / "data/valve9/3.csv", labelled=True)
    figures = run_track("skab", tmp_path / "data", tmp_path / "out")
    assert figures["f1"] > 0.85
    assert figures["far"] < 30
    assert figures["nab"] > 50
    rows = read(tmp_path / "out/valve9/3.csv")
    assert list(rows[0]) == ["datetime", "score", "anomaly", "changepoint"]
    assert len(rows) == 700


def test_skab_predicts_the_same_without_labels(tmp_path: Path) -> None:
    for labelled in (True, False):
        skab_run(tmp_path / f"{labelled}/a.csv", labelled=labelled)
        figures = run_track("skab", tmp_path / f"{labelled}", tmp_path / f"out{labelled}")
        assert bool(figures) is labelled
    assert (tmp_path / "outTrue/a.csv").read_text() == (tmp_path / "outFalse/a.csv").read_text()


def nab_folder(folder: Path, *, labelled: bool) -> None:
    rng = np.random.default_rng(2)
    values = 20 + 3 * np.sin(np.arange(1500) / 40) + rng.normal(0, 0.3, 1500)
    values[1000:1010] += 15
    times = stamps(1500, 300)
    write(folder / "data/real/one.csv", "timestamp,value", zip(times, values.round(4), strict=True))
    if labelled:
        (folder / "labels").mkdir()
        windows = {"real/one.csv": [[times[970] + ".000000", times[1050] + ".000000"]]}
        (folder / "labels/combined_windows.json").write_text(json.dumps(windows))


def test_nab_chooses_a_threshold_and_takes_it_back(tmp_path: Path) -> None:
    nab_folder(tmp_path / "labelled", labelled=True)
    nab_folder(tmp_path / "bare", labelled=False)
    figures = run_track("nab", tmp_path / "labelled", tmp_path / "out")
    assert figures["score_standard"] > 80
    again = run_track("nab", tmp_path / "labelled", threshold=figures["threshold"])
    assert again == figures
    assert run_track("nab", tmp_path / "bare", tmp_path / "out2", threshold=0.5) == {"threshold": 0.5}
    rows = read(tmp_path / "out2/data/real/one.csv")
    assert list(rows[0]) == ["timestamp", "value", "anomaly_score"]
    assert all(0 <= float(row["anomaly_score"]) <= 1 for row in rows)
    assert (tmp_path / "out/data/real/one.csv").read_bytes() == (
        tmp_path / "out2/data/real/one.csv"
    ).read_bytes()


def test_nab_score_is_0_for_silence_and_100_for_a_detection_at_once() -> None:
    windows = [(100.0, 200.0), (400.0, 450.0)]
    assert normalised([Judged(np.array([]), windows)]) == 0
    assert normalised([Judged(np.array([100, 400]), windows)]) == pytest.approx(100)
    one_false = normalised([Judged(np.array([50, 100, 400]), windows)])
    assert one_false == pytest.approx(100 - 100 * 0.11 / 4)
    assert probation(4000) == 600
    assert probation(50_000) == 750


def test_sensor_faults_from_a_packed_folder(tmp_path: Path) -> None:
    values, codes = signals(3, length=900, points=2)
    members = {}
    for at in range(2):
        rows = zip(stamps(900, 30), [at] * 900, codes[:, at], values[:, at].round(3), strict=True)
        write(tmp_path / "x.txt", "timestamp,mote_id,has_fault_type,temperature", rows)
        members[f"net/mixed_mote{at}.txt"] = (tmp_path / "x.txt").read_bytes()
    (tmp_path / "data").mkdir()
    with tarfile.open(tmp_path / "data/net.tar.xz", "w:xz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    (tmp_path / "bare").mkdir()
    bare = members["net/mixed_mote0.txt"].decode().splitlines()
    kept = [",".join(line.split(",")[i] for i in (0, 1, 3)) for line in bare]
    (tmp_path / "bare/mixed_mote0.txt").write_text("\n".join(kept))
    assert run_track("sensor-faults", tmp_path / "bare", tmp_path / "out") == {}
    rows = read(tmp_path / "out/mixed_mote0.csv")
    assert len(rows) == 900
    assert {row["fault"] for row in rows} <= {"0", "1", "2", "4", "8", "16"}


def boiler_rows(levels=(2, 3, 4)):
    for fuel in levels:
        for water in (3.0, 5.0, 8.0):
            for air in (283, 293, 303):
                for cause, severity, share in (
                    ("Nominal", "-", 1.0),
                    ("Fouling", "F=0.1", 0.9),
                    ("Lean", "x", 0.8),
                ):
                    heat = 400 * share * (1 + 0.01 * (air - 293) / 10 + 0.01 / water + 0.002 * np.log(fuel))
                    yield fuel, air, 333.0, 333.0 + heat / (4.186 * water), water, severity, cause


def test_boiler_is_told_at_a_firing_never_seen(tmp_path: Path) -> None:
    header = "Fuel_Mdot,Tair,Treturn,Tsupply,Water_Mdot,Condition,Class"
    write(tmp_path / "data/b.csv", header, boiler_rows())
    figures = run_track("boiler", tmp_path / "data")
    assert figures == {
        "macro_f1_grouped": 1.0,
        "macro_f1_unseen_fuel": 1.0,
        "macro_f1_unseen_fuel_lowest": 1.0,
    }
    bare = [row[:5] for row in boiler_rows((1,))]
    write(tmp_path / "bare/b.csv", header.removesuffix(",Condition,Class"), bare)
    assert run_track("boiler", tmp_path / "bare", tmp_path / "out", tmp_path / "data") == {}
    found = [row["class"] for row in read(tmp_path / "out/predictions.csv")]
    assert found == [row[6] for row in boiler_rows((1,))]
    with pytest.raises(UnreadableDataError, match="give --train"):
        run_track("boiler", tmp_path / "bare")


def engines(units: int, seed: int):
    rng = np.random.default_rng(seed)
    for unit in range(1, units + 1):
        life = int(rng.integers(90, 160))
        wear = np.exp((np.arange(life) - life) / 30)
        sensors = np.column_stack([10 + wear, 5 - 2 * wear, np.full(life, 3.0)]) + rng.normal(
            0, 0.05, (life, 3)
        )
        yield unit, sensors


def engine_lines(cut: float, units: int = 10) -> str:
    lines = []
    for unit, sensors in engines(units, 4):
        for cycle, row in enumerate(sensors[: int(cut * len(sensors))], start=1):
            lines.append(" ".join(map(str, [unit, cycle, 0.0, 0.0, 100.0, *row])))
    return "\n".join(lines)


def test_turbofans_train_on_lives_and_predict_cut_off_units(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/test_FD001.txt").write_text(engine_lines(0.9))
    (tmp_path / "train").mkdir()
    with gzip.open(tmp_path / "train/train_FD001.txt.gz", "wt") as packed:
        packed.write(engine_lines(1.0))
    assert run_track("cmapss", tmp_path / "data", tmp_path / "out", tmp_path / "train") == {}
    rows = read(tmp_path / "out/predictions.csv")
    truth = [len(sensors) - int(0.9 * len(sensors)) for _, sensors in engines(10, 4)]
    off = np.array([float(row["rul"]) for row in rows]) - truth
    assert np.sqrt(np.mean(off**2)) < 12


def filter_rows(number: int, share: float, *, labelled: bool):
    rng = np.random.default_rng(number)
    rows = int(rng.integers(500, 700))
    for at in range(int(share * rows)):
        pressure = 600 * ((at + 1) / rows) ** 3 + rng.normal(0, 5)
        yield (
            number,
            round(pressure, 3),
            83.0,
            round((at + 1) / 10, 1),
            *([round((rows - at - 1) / 10, 1)] * labelled),
            100.0,
        )


def test_filters_are_judged_at_three_quarters_of_their_life(tmp_path: Path) -> None:
    header = "Data_No,Differential_pressure,Flow_rate,Time,RUL,Dust_feed"
    write(
        tmp_path / "data/train.csv",
        header,
        (row for n in range(8) for row in filter_rows(n, 1.0, labelled=True)),
    )
    assert run_track("filter", tmp_path / "data")["rmse"] < 5
    bare = [row for n in (20, 21) for row in filter_rows(n, 0.7, labelled=False)]
    write(tmp_path / "bare/test.csv", header.replace(",RUL", ""), bare)
    assert run_track("filter", tmp_path / "bare", tmp_path / "out", tmp_path / "data") == {}
    assert [row["run"] for row in read(tmp_path / "out/predictions.csv")] == ["20", "21"]


def test_the_command_prints_one_json_object_and_names_mistakes(tmp_path: Path) -> None:
    skab_run(tmp_path / "data/a.csv", labelled=True)
    answer = CliRunner().invoke(benchmark, ["skab", "--data", str(tmp_path / "data"), "--json"])
    assert set(json.loads(answer.output)) == {"f1", "far", "mar", "nab"}
    plain = CliRunner().invoke(benchmark, ["skab", "--data", str(tmp_path / "data")])
    assert "f1" in plain.output
    wrong = CliRunner().invoke(benchmark, ["skab", "--data", str(tmp_path / "nowhere")])
    assert wrong.exit_code == 1
    assert "is no folder" in wrong.output
    (tmp_path / "empty").mkdir()
    empty = CliRunner().invoke(benchmark, ["nab", "--data", str(tmp_path / "empty")])
    assert "holds no file ending in .csv" in empty.output
