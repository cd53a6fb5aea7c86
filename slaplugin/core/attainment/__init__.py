"""Attainment, availability and credits over many tickets (policy-language §8, details 46).

Everything is fed one :class:`slaplugin.core.past.Past` at a time (``add``) and asked once
(``result``); results of parts of the tickets can be added.
"""

from __future__ import annotations

from slaplugin.core.attainment.contracts import Commitment, Contracts, needs_spans
from slaplugin.core.attainment.counting import Counting
from slaplugin.core.attainment.downtime import Downtimes, Outage, OutageCollector
from slaplugin.core.attainment.ledger import Account, Accounts, Ledger, Line
from slaplugin.core.attainment.measures import ByObjective, ByTarget, Judged, Measure
from slaplugin.core.attainment.statement import Section, Statement, statements
from slaplugin.core.attainment.values import Behind, Cell, Counts, Question, Table

__all__ = [
    "Account",
    "Accounts",
    "Behind",
    "ByObjective",
    "ByTarget",
    "Cell",
    "Commitment",
    "Contracts",
    "Counting",
    "Counts",
    "Downtimes",
    "Judged",
    "Ledger",
    "Line",
    "Measure",
    "Outage",
    "OutageCollector",
    "Question",
    "Section",
    "Statement",
    "Table",
    "needs_spans",
    "statements",
]
