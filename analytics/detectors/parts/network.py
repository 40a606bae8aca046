"""A small feed-forward classifier as plain arrays: fast for many rows, saved as numbers."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Standardise, one hidden layer of rectified units, softmax over `classes` (int[k])."""

    classes: npt.NDArray[np.int64]
    mean: Matrix
    scale: Matrix
    weights: tuple[Matrix, Matrix]
    offsets: tuple[Matrix, Matrix]

    def probabilities(self, features: Matrix) -> Matrix:
        """float64[n, k], rows sum to 1, columns in the order of `classes`."""
        first = self.weights[0] / self.scale[:, None]
        hidden = features @ first
        hidden += self.offsets[0] - self.mean @ first
        np.maximum(hidden, 0.0, out=hidden)
        raw: Matrix = hidden @ self.weights[1] + self.offsets[1]
        raw -= raw.max(axis=1, keepdims=True)
        np.exp(raw, out=raw)
        raw /= raw.sum(axis=1, keepdims=True)
        return raw

    def dump(self, path: Path) -> None:
        """Write the numbers (7 digits) as JSON."""
        arrays: dict[str, Any] = {"classes": self.classes.tolist()}
        for name, array in (("mean", self.mean), ("scale", self.scale)):
            arrays[name] = _short(array)
        arrays["weights"] = [_short(array) for array in self.weights]
        arrays["offsets"] = [_short(array) for array in self.offsets]
        path.write_text(json.dumps(arrays) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read what `dump` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        first, second = (np.array(array) for array in found["weights"])
        shift, final = (np.array(array) for array in found["offsets"])
        classes = np.array(found["classes"], dtype=np.int64)
        mean, scale = np.array(found["mean"]), np.array(found["scale"])
        return cls(classes, mean, scale, (first, second), (shift, final))


def fit(features: Matrix, classes: npt.NDArray[np.int64], *, seed: int, passes: int = 10) -> Network:
    """Train on rows of features (float[n, f]) and their classes (int[n]); the same seed, the same network."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-12
    model = MLPClassifier((48,), max_iter=passes, batch_size=500, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is meant as the bound
        model.fit((features - mean) / scale, classes)
    first, second = model.coefs_
    shift, final = model.intercepts_
    return Network(np.asarray(model.classes_, dtype=np.int64), mean, scale, (first, second), (shift, final))


def _short(array: Float64s) -> Any:
    return np.vectorize(lambda x: float(f"{x:.7g}"), otypes=[np.float64])(array).tolist()
