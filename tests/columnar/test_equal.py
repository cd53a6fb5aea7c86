"""The columnar engine says what the plain one says, to the last instance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from slaplugin.app.ports import Adoption
from slaplugin.app.whatif import Job, PastTicket, WhatIf
from slaplugin.core.policies import PolicySet
from slaplugin.core.profiles import PROFILES
from slaplugin.core.whatif import Bounds, Comparison, Conclusion, concluded
from tests.columnar.pasts import MONDAY, NOW, loaded, pasts

pytest.importorskip("numpy", reason="numpy comes with the extra slaplugin[columnar]")

from slaplugin.columnar.chunks import Chunk
from slaplugin.columnar.columns import columns_of
from slaplugin.columnar.engine import Columnar
from slaplugin.columnar.onebyone import OneByOne
from slaplugin.columnar.pack import joined, packed
from slaplugin.columnar.shapes import Shapes
from slaplugin.columnar.tables import Tables
from slaplugin.columnar.verdicts import instances_of, verdicts_of

HOURS = '{timezone: Europe/Berlin, hours: {mon-fri: "09:00-12:00, 13:00-17:00"}}'
CALENDARS = f"""
calendars:
  berlin: {HOURS}
  night: {{timezone: Europe/Berlin, hours: {{mon-fri: "22:00-06:00"}}}}
  once: {{timezone: UTC, hours: {{}}, exceptions: {{2026-03-04: "09:00-17:00"}}}}
"""
IN_FORCE = f"""
calendars:
  berlin: {HOURS}
policies:
  - name: standard
    targets: {{first_response: 4h, next_response: 2h, resolution: 16h, update: 8h}}
    sub:
      - {{name: vip, when: {{organization.vip: true}}, targets: {{first_response: 1h}}}}
"""
DRAFTS = {
    "the same": IN_FORCE,
    "tighter": IN_FORCE.replace("4h", "2h").replace("16h", "5h"),
    "layers": f"""{CALENDARS}
policies:
  - name: standard
    calendar: berlin
    targets:
      first_response: {{"3 high": 30m, default: 4h}}
      next_response: {{within: 2h, calendar: 24x7}}
      resolution: 16h
      first_resolution: 9h
      requester_wait: 40h
    count_unanswered: true
    sub:
      - name: waits
        when: {{fields.product: x}}
        pause: [first_response, next_response, resolution]
        targets: {{first_response: 3h, next_response: 1h, resolution: 10h}}
      - name: nights
        when: {{organization.vip: true}}
        targets: {{first_response: {{within: 1h, calendar: night}}}}
      - name: later
        when: {{priority: "1 low"}}
        reopen_within: 20h
        targets: {{resolution: 4h}}
""",
    "never": f"""{CALENDARS}
policies:
  - {{name: standard, calendar: once, targets: {{first_response: 30h, resolution: 1h}}}}
""",
    "a second goal": f"""{CALENDARS}
clocks: {{house: {{like: resolution, party: group}}}}
policies:
  - name: standard
    calendar: berlin
    targets: {{resolution: 16h, house: 2h}}
""",
    "days": f"""{CALENDARS}
policies:
  - name: standard
    calendar: berlin
    targets: {{resolution: 2bd, first_response: 1h}}
""",
    "dated": f"""{CALENDARS}
policies:
  - name: standard
    calendar: berlin
    effective: {{from: 2026-03-05}}
    targets: {{resolution: 3h}}
""",
    "handling": f"""{CALENDARS}
policies:
  - {{name: standard, calendar: berlin, targets: {{handle_time: 3h, resolution: 9h}}}}
""",
    "looking": f"""{CALENDARS}
policies:
  - name: standard
    calendar: berlin
    targets: {{first_response: 4h, next_response: 2h, resolution: 16h, first_resolution: 9h}}
    sub:
      - {{name: billing, when: {{group: Billing}}, targets: {{first_response: 2h}}}}
      - {{name: late, when: {{group: Billing}}, targets: {{first_resolution: 5h}}}}
      - {{name: y, when: {{fields.product: y, tags: blue}}, targets: {{resolution: 2h}}}}
      - {{name: mine, when: {{owner: kim}}, targets: {{next_response: 2h}}}}
""",
    "voided": f"""{CALENDARS}
void:
  - {{event: tag_added, tag: [blue, spam]}}
  - {{event: field_changed, field: product, to: y}}
policies:
  - {{name: standard, calendar: berlin, targets: {{resolution: 9h}}}}
""",
}


EVERYTHING = Bounds()


def job_of(in_force: PolicySet, draft: PolicySet, bounds: Bounds = EVERYTHING) -> Job:
    adopted = (Adoption(MONDAY - 86400, in_force.hash),)
    return Job(in_force, draft, NOW, bounds, adopted, live_since=MONDAY - 86400)


def chunk_of(tickets: Sequence[PastTicket], profile: str | None) -> Chunk:
    return Chunk("desk", 0, joined(map(packed, tickets)), columns_of(tickets, Shapes(profile)))


def both(job: Job, tickets: Sequence[PastTicket]) -> tuple[Comparison, list[Comparison], Columnar]:
    """Live judging's comparison, and that of each engine that reads columns."""
    plain = WhatIf(job)
    expected = plain.empty()
    plain.add(expected, tickets)
    one_by_one, engine = OneByOne(WhatIf(job)), Columnar(WhatIf(job))
    chunk = chunk_of(tickets, engine.profile)
    found = [each.whatif.empty() for each in (one_by_one, engine)]
    one_by_one.add(found[0], chunk)
    engine.add(found[1], chunk)
    return expected, found, engine


def answer(comparison: Comparison) -> Conclusion:
    return concluded(comparison, Fraction(19, 20))


@pytest.mark.parametrize("name", DRAFTS)
def test_every_draft_comes_to_the_same(name: str) -> None:
    in_force, draft = loaded(IN_FORCE), loaded(DRAFTS[name])
    tickets = pasts(random.Random(f"equal {name}"), in_force, 200)
    expected, found, _ = both(job_of(in_force, draft), tickets)
    assert [answer(each) for each in found] == [answer(expected)] * 2


@pytest.mark.parametrize("profile", [None, *PROFILES])
@pytest.mark.parametrize("name", ["tighter", "layers"])
def test_every_family_comes_to_the_same(profile: str | None, name: str) -> None:
    in_force = replace(loaded(IN_FORCE), profile=profile)
    draft = replace(loaded(DRAFTS[name]), profile=profile)
    tickets = pasts(random.Random(f"family {profile} {name}"), in_force, 150)
    expected, found, engine = both(job_of(in_force, draft), tickets)
    assert [answer(each) for each in found] == [answer(expected)] * 2
    assert engine.judged > 20


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(since=MONDAY + 3 * 86400),
        Bounds(until=MONDAY + 5 * 86400),
        Bounds(MONDAY + 2 * 86400, MONDAY + 4 * 86400),
        Bounds(until=MONDAY),
    ],
    ids=["since", "until", "between", "before everything"],
)
def test_a_period_comes_to_the_same(bounds: Bounds) -> None:
    in_force, draft = loaded(IN_FORCE), loaded(DRAFTS["layers"])
    tickets = pasts(random.Random("period"), in_force, 200)
    expected, found, _ = both(job_of(in_force, draft, bounds), tickets)
    assert [answer(each) for each in found] == [answer(expected)] * 2


@pytest.mark.parametrize("name", ["tighter", "layers", "never", "a second goal"])
def test_every_instance_is_the_plain_one(name: str) -> None:
    in_force, draft = loaded(IN_FORCE), loaded(DRAFTS[name])
    tickets = pasts(random.Random(f"instances {name}"), in_force, 200)
    engine = Columnar(WhatIf(job_of(in_force, draft)))
    chunk = chunk_of(tickets, None)
    tables = Tables(chunk)
    planned = engine.draft.planned(tables, chunk)
    judged = {place: past for place, past in enumerate(tickets) if planned[0][place] >= 0}
    found = instances_of(verdicts_of(tables, engine.draft, planned), engine.draft, judged)
    expected = {
        place: [each for each in engine.whatif.after(past) if each.status != "not_applicable"]
        for place, past in judged.items()
    }
    assert len(judged) > 60
    assert found == expected


def test_a_realistic_mix_is_mostly_judged_by_columns() -> None:
    in_force, draft = loaded(IN_FORCE), loaded(DRAFTS["tighter"])
    tickets = [
        past
        for past in pasts(random.Random("mix"), in_force, 200)
        if all(row.finished for row in past.instances)
    ]
    _, _, engine = both(job_of(in_force, draft), tickets)
    assert engine.judged > len(tickets) * 0.6


def test_parts_add_up_in_any_order() -> None:
    in_force, draft = loaded(IN_FORCE), loaded(DRAFTS["layers"])
    tickets = pasts(random.Random("parts"), in_force, 150)
    whatif = WhatIf(job_of(in_force, draft))
    whole = whatif.empty()
    whatif.add(whole, tickets)
    parts = [tickets[:50], tickets[50:51], tickets[51:]]
    merged = whatif.empty()
    for part in reversed(parts):
        counted = whatif.empty()
        whatif.add(counted, part)
        merged.merge(counted)
    assert answer(merged) == answer(whole)


def test_the_same_set_changes_nothing() -> None:
    in_force = loaded(IN_FORCE)
    tickets = pasts(random.Random("nothing"), in_force, 200)
    expected, found, _ = both(job_of(in_force, in_force), tickets)
    told = [(each.changed, each.moved, each.top) for each in found]
    assert told == [(Counter(), Counter(), ())] * 2
    sides = [side for each in found for side in each.counts]
    assert sides == [expected.counts[0]] * 4
