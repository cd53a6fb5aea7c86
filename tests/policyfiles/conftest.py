"""Shared: a set from a text, with the place of every finding."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles.loader import Loaded, load_policy_texts

Load = Callable[[str], Loaded]


@pytest.fixture
def load() -> Load:
    """One text as the file ``sla.yaml``."""
    return lambda text: load_policy_texts({"sla.yaml": dedent(text)})


@pytest.fixture
def valid(load: Load) -> Callable[[str], PolicySet]:
    """The set of a text that has no problem."""
    return lambda text: load(text).required()
