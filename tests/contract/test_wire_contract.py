"""What every payload format must do, run over all that the folder holds."""

from __future__ import annotations

import sys
import textwrap

import numpy as np
import pytest

from collector.directory import Directory
from collector.rejected import REASONS
from collector.wire.base import NO_POINT, Messages
from collector.wire.registry import BrokenFormatError, format_names, load_formats
from tests.unit.collector.intake_kit import NOW, boiler_room

FORMATS = format_names()
NOISE = [
    b"",
    b"\x00",
    b"\xff" * 30,
    b"{}",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"[" * 3000,
    b'{"ts":1}',
    b"\x08\x01\x12\x00",
]


def topics_of(wire) -> list[bytes]:
    """A topic for each of the format's filters."""
    names = iter(["north", "boiler-1", "x", "y", "z"] * 3)
    return [
        "/".join(
            next(names) if part == "+" else "deep" if part == "#" else part for part in s.split("/")
        ).encode()
        for s in wire.subscriptions()
    ]


@pytest.fixture(params=FORMATS)
def wire(request):
    formats = dict(zip(FORMATS, load_formats(Directory(boiler_room())), strict=True))
    return formats[request.param]


def test_it_claims_what_it_subscribes_to_and_nothing_foreign(wire):
    assert wire.subscriptions()
    assert all(wire.claims(topic) for topic in topics_of(wire))
    assert not wire.claims(b"")
    assert not wire.claims(b"\xff/\x00")
    assert not wire.claims(b"caretaker/north/values")


def test_noise_is_refused_row_by_row_and_never_raises(wire):
    for topic in topics_of(wire):
        rows = wire.decode(Messages([topic] * len(NOISE), NOISE), NOW)
        assert (rows.rejected < len(REASONS)).all()
        accepted = rows.rejected == 0
        assert (rows.point[accepted] != NO_POINT).all()
        assert ((rows.message >= 0) & (rows.message < len(NOISE))).all()
        named = [rows.name(row) for row in range(len(rows))]
        assert all(isinstance(name, str) for name in named)


def test_an_empty_batch_is_empty(wire):
    assert len(wire.decode(Messages([], []), NOW)) == 0


def test_columns_are_of_one_length_and_their_types(wire):
    rows = wire.decode(
        Messages([topics_of(wire)[0]], [b'{"ts":1767600000000,"values":{"supply_temp":7}}']), NOW
    )
    columns = (rows.message, rows.device, rows.point, rows.time, rows.value, rows.rejected)
    assert {len(c) for c in columns} == {len(rows)}
    assert [c.dtype for c in columns] == [np.dtype(t) for t in ("i4", "i4", "i4", "i8", "f8", "u1")]


BROKEN = {
    "no_format": ("x = 1", "has no FORMAT"),
    "syntax": ("def (", "cannot be imported"),
    "half": ("class Half:\n    name = 'half'\nFORMAT = Half", "Half lacks subscriptions, claims, decode"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_stops_the_start(tmp_path, monkeypatch, name):
    code, message = BROKEN[name]
    package = tmp_path / f"formats_{name}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / f"{name}.py").write_text(textwrap.dedent(code))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BrokenFormatError, match=message):
        load_formats(Directory(boiler_room()), package.name)
    sys.modules.pop(package.name, None)


def test_a_new_format_is_one_file(tmp_path, monkeypatch):
    package = tmp_path / "formats_new"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plain.py").write_text(
        textwrap.dedent(
            """
            from collector.wire.native import NativeFormat


            class Plain(NativeFormat):
                name = "plain"

                def subscriptions(self):
                    return ["plain/#"]


            FORMAT = Plain
            """
        )
    )
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = load_formats(Directory(boiler_room()), package.name)
    assert (found.name, list(found.subscriptions())) == ("plain", ["plain/#"])
    sys.modules.pop(package.name, None)
