"""Which fault robs a boiler of heat, told from steady states at any operating point.

What a boiler gives to the water, Q = m·cp·(T_supply - T_return), hardly depends on how it is run once the
influences of water flow (film coefficient), air temperature and firing rate are taken out; what remains is
the mark of the fault and its severity. So one smooth law is fitted per known condition, and a new state is
given to the condition whose law it meets best. Unlike trees on raw temperatures, laws reach beyond the
operating points they were taught at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s

CP_WATER_KJ_PER_KG_K = 4.186
Texts = npt.NDArray[np.str_]


class SteadyStates(NamedTuple):
    """Columns of steady states: temperatures in K, mass flows in kg/s (fuel: in any one unit)."""

    fuel: Float64s
    air_k: Float64s
    return_k: Float64s
    supply_k: Float64s
    water: Float64s

    def heat_kw(self) -> Float64s:
        """Heat given to the water."""
        return self.water * CP_WATER_KJ_PER_KG_K * (self.supply_k - self.return_k)

    def where(self, rows: npt.NDArray[np.bool_]) -> SteadyStates:
        """Some of the states."""
        return SteadyStates(*(column[rows] for column in self))


class Verdict(NamedTuple):
    """cause: str[n], the likeliest; probabilities: float64[n, causes], in the order of `causes`."""

    cause: Texts
    probabilities: Float64s


@dataclass(frozen=True)
class BoilerDiagnosis:
    """Laws of known conditions: log Q = coefficients[condition] · terms(operating point)."""

    causes: Texts
    cause_of: npt.NDArray[np.intp]
    coefficients: Float64s
    spread: float

    @classmethod
    def fit(cls, states: SteadyStates, causes: Texts, conditions: Texts) -> BoilerDiagnosis:
        """Learn from states with known cause (str[n]) and condition within it (severity; str[n])."""
        kinds, first, kind = np.unique(
            np.char.add(np.char.add(causes, "/"), conditions), return_index=True, return_inverse=True
        )
        names, cause_of = np.unique(causes[first], return_inverse=True)
        log_heat = _log_heat(states)
        firing = _firing_exponent(states, log_heat, kind, len(kinds))
        terms = _terms(states)
        rest = log_heat - firing * np.log(states.fuel)
        laws = [
            np.linalg.lstsq(terms[kind == one], rest[kind == one], rcond=None)[0] for one in range(len(kinds))
        ]
        coefficients = np.column_stack([np.array(laws), np.full(len(kinds), firing)])
        residual = rest - np.einsum("ij,ij->i", terms, coefficients[kind, :-1])
        return cls(names, cause_of, coefficients, max(float(np.std(residual)), 1e-5))

    def judge(self, states: SteadyStates) -> Verdict:
        """Name the cause of each state, with the probability of every cause."""
        terms = np.column_stack([_terms(states), np.log(states.fuel)])
        off = (_log_heat(states)[:, None] - terms @ self.coefficients.T) / self.spread
        fit = np.exp(-0.5 * (off**2 - (off**2).min(axis=1, keepdims=True)))
        shares = np.zeros((len(fit), len(self.causes)))
        for condition, cause in enumerate(self.cause_of):
            shares[:, cause] += fit[:, condition]
        shares /= shares.sum(axis=1, keepdims=True)
        return Verdict(self.causes[shares.argmax(axis=1)], shares)


def _log_heat(states: SteadyStates) -> Float64s:
    return np.log(np.maximum(states.heat_kw(), 1e-6))


def _terms(states: SteadyStates) -> Float64s:
    air, film = (states.air_k - 293.0) / 10.0, 1.0 / states.water
    return np.column_stack([np.ones_like(air), air, air**2, film, film**2, air * film])


def _firing_exponent(
    states: SteadyStates, log_heat: Float64s, kind: npt.NDArray[np.intp], kinds: int
) -> float:
    """How heat grows with firing, as one power for all conditions (median of their own slopes)."""
    slopes = []
    for one in range(kinds):
        rows = kind == one
        if len(np.unique(states.fuel[rows])) < 2:
            continue
        terms = np.column_stack([_terms(states.where(rows)), np.log(states.fuel[rows])])
        slopes.append(float(np.linalg.lstsq(terms, log_heat[rows], rcond=None)[0][-1]))
    return float(np.median(slopes)) if slopes else 0.0
