"""One living demo for all browser and whole-product tests of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e import chromium
from tests.e2e.demo import Demo, running_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The shipped campus with its history, live, as one node of real processes."""
    with running_demo() as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if chromium.path() is None:
        if os.environ.get("CARETAKER_NO_SKIP"):
            pytest.fail("Chromium is not installed, and no skip is allowed")
        pytest.skip("Chromium is not installed")
    with chromium.browser() as running:
        yield running
