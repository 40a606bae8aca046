"""The faults of one kind as tables of weights: which sign speaks for which fault, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s
from config.kind import Kind
from config.text import Text

Signs = npt.NDArray[np.int8]
"""2: on its way for days; 1: seen; 0: looked for and not seen; -1: something it looks at is not known."""
UNKNOWN = np.int8(-1)
_ALARM_GIVEN_FAULT, _ALARM_GIVEN_OTHER = 0.9, 0.02
_LEAST_HEALTHY = 0.5
CREEPING = np.int8(2)
_CREEPING_GIVEN_HEALTHY = 0.0005


@dataclass(frozen=True)
class FaultTable:
    """Naive Bayes over f faults, with healthy as the alternative, and s distinct signs.

    Weights are natural logarithms of P(sign | fault) / P(sign | healthy), float64[f, s], for a sign that is
    seen and for one that is not; 0 where the fault says nothing of the sign, which then speaks neither way.
    """

    faults: tuple[str, ...]
    signs: tuple[str, ...]
    """The distinct expressions."""
    prior: Float64s
    seen: npt.NDArray[np.float64]
    unseen: npt.NDArray[np.float64]
    creeping: npt.NDArray[np.float64]
    explains: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, kind: Kind) -> FaultTable:
        """The table of a kind's fault models; signs written alike are one sign."""
        models = kind.faults
        signs = tuple(dict.fromkeys(s.when for m in models.values() for s in m.symptoms))
        seen, unseen, creeping = np.zeros((3, len(models), len(signs)))
        for row, model in enumerate(models.values()):
            for sign in model.symptoms:
                place = signs.index(sign.when)
                seen[row, place] = np.log(sign.likelihood / sign.background)
                creeping[row, place] = np.log(sign.likelihood / min(sign.background, _CREEPING_GIVEN_HEALTHY))
                unseen[row, place] = np.log((1 - sign.likelihood) / (1 - sign.background))
        prior = np.array([m.prior for m in models.values()])
        healthy = max(1 - float(prior.sum()), _LEAST_HEALTHY)
        explains = tuple(frozenset(m.explains) for m in models.values())
        return cls(tuple(models), signs, np.log(prior / healthy), seen, unseen, creeping, explains)

    def log_odds(self, signs: Signs) -> npt.NDArray[np.float64]:
        """float64[f, rows]: each fault against healthy, from signs int8[s, rows]."""
        weights: npt.NDArray[np.float64] = self.seen @ (signs == 1) + self.unseen @ (signs == 0)
        weights += self.creeping @ (signs == CREEPING) + self.prior[:, None]
        return weights

    def posterior(self, log_odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """float64[f + 1, rows]: the probability of every fault, and in the last row of none of them."""
        against = np.vstack((log_odds, np.zeros(log_odds.shape[1])))
        power = np.exp(against - against.max(axis=0))
        shares: npt.NDArray[np.float64] = power / power.sum(axis=0)
        return shares

    def given_alarm(self, log_odds: npt.NDArray[np.float64], rule: str) -> npt.NDArray[np.float64]:
        """The odds when an alarm of this rule is up as well: it speaks for the faults that explain it."""
        for_it = np.log(_ALARM_GIVEN_FAULT / _ALARM_GIVEN_OTHER)
        bonus = np.array([for_it if rule in rules else 0.0 for rules in self.explains])
        lifted: npt.NDArray[np.float64] = log_odds + bonus[:, None]
        return lifted


@dataclass(frozen=True, slots=True)
class Cause:
    """A possible cause. probability: 0 to 1; signs: those seen that speak for it."""

    fault: str
    title: Text
    probability: float
    signs: tuple[Text, ...]
    asset: str | None = None
    """The feeding asset that has this fault; None: the asset itself."""

    def as_json(self) -> dict[str, object]:
        """For an alarm's evidence."""
        found: dict[str, object] = {
            "fault": self.fault,
            "title": self.title.model_dump(),
            "probability": round(self.probability, 3),
            "signs": [sign.model_dump() for sign in self.signs],
        }
        return found if self.asset is None else {**found, "asset": self.asset}
