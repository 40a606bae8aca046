"""`make bench`: runs the measuring scripts beside this file and prints their figures.

A script `bench_<name>.py` has `run() -> dict[str, float]` and may name the groups it belongs to in `GROUPS`
(otherwise: its own name). BENCH_JSON=file writes all figures as one object. Nothing here asserts a speed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType


def scripts(only: str | None) -> list[ModuleType]:
    """The scripts of that group or name, or all."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))
    modules = [importlib.import_module(f"tests.benchmarks.{name}") for name in names]
    chosen = [m for m in modules if only is None or only in _labels(m)]
    if not chosen:
        known = sorted({label for m in modules for label in _labels(m)})
        sys.exit(f"no bench is called {only!r}; known: {', '.join(known)}")
    return chosen


def _labels(module: ModuleType) -> set[str]:
    name = module.__name__.rpartition(".bench_")[2]
    return {name, *getattr(module, "GROUPS", ())}


def main() -> None:
    figures: dict[str, float] = {}
    for module in scripts(sys.argv[1] if len(sys.argv) > 1 else None):
        print(f"\n{module.__doc__.strip().splitlines()[0] if module.__doc__ else module.__name__}")
        for name, value in module.run().items():
            figures[name] = value
            print(f"  {name:<44} {value:>16,.4g}")
    if target := os.environ.get("BENCH_JSON"):
        Path(target).write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
