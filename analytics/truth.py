"""What counts as true in an expression's result."""

from __future__ import annotations

import numpy as np

from analytics.segments import Bools
from config.expression import Column


def truth(result: Column, rows: int) -> Bools:
    """bool[rows]: not 0 and not missing."""
    if result.dtype != np.bool_:
        result = (result != 0) & ~np.isnan(result)
    return np.broadcast_to(result, (rows,))
