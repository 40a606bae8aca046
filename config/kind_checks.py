"""What a kind's model cannot see by itself: that every name and expression in it means something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from config.expression import ExpressionError, compile_expression
from config.kind import AlarmRule, Expression, Kind, MaintenancePlan
from config.mistakes import Mistake, Where, choose
from config.yaml_source import Source

GENERIC = "generic"


class KindChecks:
    """Runs all checks over one kind; `detectors` None: the names of detectors are not known here."""

    def __init__(self, kind: Kind, source: Source, detectors: Collection[str] | None) -> None:
        self._kind = kind
        self._source = source
        self._detectors = detectors
        self._values = {*kind.points, *kind.derived}
        self._names = {*self._values, *kind.parameters}

    def run(self) -> Iterator[Mistake]:
        """Every mistake."""
        yield from self._derived()
        for name, rule in self._kind.alarms.items():
            yield from self._alarm(rule, ("alarms", name))
        yield from self._detector_uses()
        yield from self._faults()
        for name, plan in self._kind.maintenance.items():
            yield from self._maintenance(plan, ("maintenance", name))
        yield from self._simulation()

    def _derived(self) -> Iterator[Mistake]:
        known = {*self._kind.points, *self._kind.parameters}
        for name, point in self._kind.derived.items():
            for key, text in (("expression", point.expression), ("when", point.when)):
                where: Where = ("derived", name, key)
                later = None if text is None else self._used_too_early(text, known)
                if later:
                    yield self._source.mistake(where, *self._order(name, later))
                else:
                    yield from self._expression(text, where, known)
            known.add(name)

    def _used_too_early(self, text: str, known: set[str]) -> str | None:
        try:
            used = compile_expression(text, self._names).names
        except ExpressionError:
            return None
        return min(used - known, default=None)

    def _order(self, name: str, later: str) -> tuple[str, str]:
        if name == later or name in self._reaches(later, set()):
            return f"{name} and {later} are computed from each other", "Break the circle"
        return f"{later} is derived further down", f"Move {later} above {name}"

    def _reaches(self, start: str, seen: set[str]) -> set[str]:
        if start in self._kind.derived and start not in seen:
            seen.add(start)
            try:
                used = compile_expression(self._kind.derived[start].expression, self._names).names
            except ExpressionError:
                return seen
            for name in used:
                self._reaches(name, seen)
        return seen

    def _alarm(self, rule: AlarmRule, where: Where) -> Iterator[Mistake]:
        if rule.point is not None:
            yield from self._known([(rule.point, (*where, "point"))], self._values, "point or derived point")
        for key, text in (
            ("above", rule.above),
            ("below", rule.below),
            ("when", rule.when),
            ("enabled_by", rule.enabled_by),
        ):
            yield from self._expression(text, (*where, key), self._names)

    def _detector_uses(self) -> Iterator[Mistake]:
        for index, use in enumerate(self._kind.detectors):
            where: Where = ("detectors", index)
            points = ((name, (*where, "points", i)) for i, name in enumerate(use.points))
            yield from self._known(points, self._values, "point or derived point")
            if self._detectors is not None:
                yield from self._known([(use.use, (*where, "use"))], self._detectors, "detector")

    def _faults(self) -> Iterator[Mistake]:
        for name, fault in self._kind.faults.items():
            seen: set[str] = set()
            for index, symptom in enumerate(fault.symptoms):
                where: Where = ("faults", name, "symptoms", index)
                yield from self._expression(symptom.when, (*where, "when"), self._names)
                if symptom.name in seen:
                    yield self._source.mistake((*where, "name"), "is the name of two symptoms", "Rename one")
                seen.add(symptom.name)
            rules = ((rule, ("faults", name, "explains", i)) for i, rule in enumerate(fault.explains))
            yield from self._known(rules, self._kind.alarms, "alarm of this kind")

    def _maintenance(self, plan: MaintenancePlan, where: Where) -> Iterator[Mistake]:
        if plan.counter is not None:
            yield from self._known(
                [(plan.counter, (*where, "counter"))], self._values, "point or derived point"
            )
        yield from self._expression(plan.when, (*where, "when"), self._names)
        plans = ((name, (*where, "absorbed_by", i)) for i, name in enumerate(plan.absorbed_by))
        yield from self._known(plans, self._kind.maintenance, "maintenance plan of this kind")

    def _simulation(self) -> Iterator[Mistake]:
        simulation = self._kind.simulation
        points = ((name, ("simulation", "points", name)) for name in simulation.points)
        yield from self._known(points, self._kind.points, "point")
        if simulation.behaviour == GENERIC:
            for name in sorted(set(self._kind.points) - set(simulation.points)):
                problem = f"says nothing of {name}, and the generic behaviour needs every point"
                yield self._source.mistake(("simulation", "points"), problem, f"Add `{name}: {{level: …}}`")
        for name, fault in simulation.faults.items():
            where: Where = ("simulation", "faults", name)
            rules = ((rule, (*where, "raises", i)) for i, rule in enumerate(fault.raises))
            yield from self._known(rules, self._kind.alarms, "alarm of this kind")
            if fault.causes is not None:
                yield from self._known(
                    [(fault.causes, (*where, "causes"))], self._kind.faults, "fault of this kind"
                )
            offsets = ((point, (*where, "offset", point)) for point in fault.offset)
            yield from self._known(offsets, self._kind.points, "point")

    def _expression(self, text: Expression | None, where: Where, names: set[str]) -> Iterator[Mistake]:
        if text is None:
            return
        try:
            compile_expression(text, names)
        except ExpressionError as error:
            yield self._source.mistake(where, error.problem, error.remedy)

    def _known(
        self, names: Iterable[tuple[str, Where]], valid: Collection[str], what: str
    ) -> Iterator[Mistake]:
        for name, where in names:
            if name not in valid:
                yield self._source.mistake(where, f"is no {what}", choose(name, valid))
