"""A broken detector file stops the start; a typo is answered with the valid names."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.detectors.registry import BrokenDetectorError, UnknownDetectorError, detectors, find, named
from config.loading import load_kinds


def test_the_folder_is_scanned() -> None:
    assert {"range", "frozen", "gap", "spike", "siblings", "seasonal", "change", "expected"} <= set(
        detectors()
    )


def test_every_detector_that_a_kind_names_is_there_and_takes_its_options() -> None:
    for kind in load_kinds().values():
        for use in kind.detectors:
            named(use.use).settings_type.model_validate(use.options)


def test_a_typo_is_answered_with_the_valid_names() -> None:
    with pytest.raises(UnknownDetectorError, match=r"mean `seasonal`.*change, .*spike"):
        named("seasonel")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_this_name", "cannot be loaded"),
        ("x = 1", "end the file with `DETECTOR = <your class>`"),
        ("def (", "SyntaxError"),
        ("from analytics.detectors.range import Range\nDETECTOR = Range", "name it `mine`"),
        (
            "from analytics.detectors.base import Detector\nclass Mine(Detector):\n"
            "    name = 'mine'\nDETECTOR = Mine",
            "lacks title, settings_type, _fresh, _learn, _score",
        ),
    ],
)
def test_a_broken_file_stops_the_start(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(BrokenDetectorError, match=message) as caught:
        find(tmp_path)
    assert "mine.py" in str(caught.value)


def test_a_new_file_is_a_new_detector(tmp_path: Path) -> None:
    (tmp_path / "wide.py").write_text(
        "from analytics.detectors.range import Range\n"
        "class Wide(Range):\n    name = 'wide'\nDETECTOR = Wide\n"
    )
    assert list(find(tmp_path)) == ["wide"]
