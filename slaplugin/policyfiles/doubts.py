"""Doubts about a set that is valid: what ``policy check`` warns of."""

from __future__ import annotations

from collections.abc import Mapping

from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles.cursor import Cursor


def doubts(policy_set: PolicySet, places: Mapping[str, Cursor]) -> None:
    """Report every doubt at its place; the warnings go to the places' findings."""
