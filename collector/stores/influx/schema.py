"""Where a reading stands in InfluxDB: measurement = kind, tags site and asset, field = point.

Readings that are not good, or not a sensor's, stand in the measurement `<kind>_marked`, which has the tags
`quality` and `source` too: who charts a kind sees what sensors said and nothing that is known to be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from collector.reading import Int32s, Quality, Source
from config.plant import Plant

MARKED = "_marked"
UNASSIGNED = "unassigned"
"""The measurement of points that the facility does not have any more: nothing is left out."""
PLAIN = 0
"""The mark of a good reading of a sensor."""
_SOURCES = 8

_IN_NAMES = str.maketrans({",": r"\,", " ": r"\ "})
_IN_KEYS = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})


@dataclass(frozen=True, slots=True)
class Place:
    """Where the readings of one point stand. asset: `site/asset`; site may be empty."""

    kind: str
    site: str
    asset: str
    point: str


class Schema:
    """Places by point number. Numbers that are not known get a place in `unassigned` when they come."""

    def __init__(self, places: Mapping[int, Place]) -> None:
        self._places = dict(places)
        self._arrange()

    @classmethod
    def of(cls, plant: Plant) -> Schema:
        """The places of a plant's points."""
        return cls(
            {
                number: Place(plant.assets[p.asset].kind.kind, plant.assets[p.asset].site, p.asset, p.name)
                for number, p in plant.by_number.items()
            }
        )

    def _arrange(self) -> None:
        self.numbers: Int32s = np.array(sorted(self._places), dtype=np.int32)
        self.places = [self._places[number] for number in self.numbers.tolist()]
        assets: dict[tuple[str, str], int] = {}
        owners = [assets.setdefault((p.kind, p.asset), len(assets)) for p in self.places]
        self.owner: Int32s = np.array(owners, dtype=np.int32)
        """Per slot: a number of its asset. Readings of one owner and time make one line."""

    def slots(self, points: Int32s) -> Int32s:
        """Index into `places` of each point."""
        slots = np.searchsorted(self.numbers, points)
        found = self.numbers[np.minimum(slots, len(self.numbers) - 1)] if len(self.numbers) else points - 1
        strange = found != points
        if strange.any():
            for number in np.unique(points[strange]).tolist():
                self._places[number] = Place(UNASSIGNED, "", f"point-{number}", "value")
            self._arrange()
            slots = np.searchsorted(self.numbers, points)
        return slots.astype(np.int32)


def mark_of(quality: int, source: int) -> int:
    """Quality and source as one number."""
    return quality * _SOURCES + source


def marked(mark: int) -> tuple[Quality, Source]:
    """The quality and source that the number stands for."""
    return Quality(mark // _SOURCES), Source(mark % _SOURCES)


def head(place: Place, mark: int) -> str:
    """Measurement and tags (in the order of their names, as the server keeps them)."""
    tags = {"asset": place.asset, "site": place.site}
    measurement = place.kind
    if mark != PLAIN:
        quality, source = marked(mark)
        tags |= {"quality": quality.name.lower(), "source": source.name.lower()}
        measurement += MARKED
    written = [f",{key}={value.translate(_IN_KEYS)}" for key, value in sorted(tags.items()) if value]
    return measurement.translate(_IN_NAMES) + "".join(written)


def field_key(place: Place) -> str:
    """The point's name as it is written in a line."""
    return place.point.translate(_IN_KEYS)
