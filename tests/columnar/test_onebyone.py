"""The plain engine over stretches, and what of a chunk it reads; without numpy."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace
from fractions import Fraction

import pytest

from slaplugin.app.errors import StoreError
from slaplugin.app.ports import Adoption
from slaplugin.app.whatif import Job, WhatIf
from slaplugin.columnar.chunks import Chunk
from slaplugin.columnar.columns import columns_of
from slaplugin.columnar.onebyone import OneByOne, Pages
from slaplugin.columnar.pack import Parted, joined, packed
from slaplugin.columnar.shapes import Shapes
from slaplugin.core.whatif import concluded
from tests.columnar.pasts import MONDAY, NOW, loaded, pasts

POLICY = "policies: [{name: standard, targets: {first_response: 4h, resolution: 16h}}]"
IN_FORCE = loaded(POLICY)
DRAFT = loaded(POLICY.replace("4h", "1h"))
TICKETS = pasts(random.Random("one by one"), IN_FORCE, 60)
WHOLE = Chunk("desk", 0, joined(map(packed, TICKETS)), columns_of(TICKETS, Shapes(None)))


def whatif() -> WhatIf:
    adopted = (Adoption(MONDAY - 86400, IN_FORCE.hash),)
    return WhatIf(Job(IN_FORCE, DRAFT, NOW, adoptions=adopted, live_since=MONDAY - 86400))


def test_it_says_what_live_judging_says() -> None:
    engine, live = OneByOne(whatif()), whatif()
    found, expected = live.empty(), live.empty()
    engine.add(found, WHOLE)
    live.add(expected, TICKETS)
    share = Fraction(9, 10)
    assert concluded(found, share) == concluded(expected, share)
    assert found.changed_tickets > 3
    assert 20 < engine.judged < len(TICKETS)


def test_an_empty_chunk_adds_nothing() -> None:
    engine = OneByOne(whatif())
    found = engine.whatif.empty()
    engine.add(found, Chunk("desk", 0, joined([]), columns_of([], Shapes(None))))
    assert (found.tickets, found.counts[0], found.counts[1]) == (0, {}, {})


def test_a_chunk_without_columns_is_an_error() -> None:
    with pytest.raises(StoreError, match="without its columns"):
        Pages(replace(WHOLE, columns=None))


def test_one_ticket_is_read_by_its_place() -> None:
    assert WHOLE.ticket(7) == TICKETS[7]
    assert list(WHOLE.some([9, 3])) == [TICKETS[9], TICKETS[3]]
    assert list(WHOLE.tickets()) == TICKETS


@pytest.mark.parametrize(
    "data", [b"", b"\x01\x00", array("q", [3, 5]).tobytes(), array("q", [-1]).tobytes()]
)
def test_bytes_that_were_never_joined_say_what_to_do(data: bytes) -> None:
    with pytest.raises(StoreError, match="delete them"):
        Parted(data)
