"""Lasting numbers of points: a point keeps its int32 for ever, and no number is given twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Column, Engine, Integer, Table, Text, UniqueConstraint, insert, select

from config.database import metadata

point_number = Table(
    "point_number",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    UniqueConstraint("id"),
    sqlite_autoincrement=True,
)


class PointNumbers(Protocol):
    """Gives every point id its number, a new one where it has none yet."""

    def numbers(self, ids: Sequence[str]) -> Mapping[str, int]:
        """The number of each id; those asked for the first time get new numbers, in the order asked."""


class MemoryNumbers:
    """Numbers that last as long as the process: for tests and for checks."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, ids: Sequence[str]) -> Mapping[str, int]:
        """The number of each id, counted from 1."""
        for point in ids:
            self._numbers.setdefault(point, len(self._numbers) + 1)
        return {point: self._numbers[point] for point in ids}


class StoredNumbers:
    """Numbers kept in the database; points that left the facility keep theirs, in case they come back."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def numbers(self, ids: Sequence[str]) -> Mapping[str, int]:
        """The number of each id. Processes that start together agree."""
        known = self._read()
        if any(point not in known for point in ids):
            self._add(ids)
            known = self._read()
        return {point: known[point] for point in ids}

    def _read(self) -> dict[str, int]:
        with self._engine.connect() as connection:
            return {row.id: row.number for row in connection.execute(select(point_number))}

    def _add(self, ids: Sequence[str]) -> None:
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE point_number IN EXCLUSIVE MODE")
            known = set(connection.scalars(select(point_number.c.id)))
            missing = [{"id": point} for point in dict.fromkeys(ids) if point not in known]
            if missing:
                connection.execute(insert(point_number), missing)
