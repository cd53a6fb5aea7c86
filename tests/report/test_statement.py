"""What a statement to a customer says, and a restatement: as text and as Markdown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from slaplugin.app.reporting.sealed import Seal, canonical
from slaplugin.app.reporting.sealing import Mover, Restatement
from slaplugin.core.attainment import Ledger, Question, Statement, statements
from slaplugin.core.attainment.restatement import Changed, Moved
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.past import Past
from slaplugin.core.policies import Policy
from slaplugin.report import Look
from slaplugin.report.blocks import Block, as_markdown, as_text
from slaplugin.report.statement import restatement_block, statement_block
from tests.core.attainment.pasts import (
    HOUR,
    contracts,
    credits_of,
    met,
    missed,
    objective,
    past,
)

IN_MARCH = "2026-03-10T10:00:00+01:00"
TABLE = credits_of(
    ("90", "5"), ("80", "15"), base=Decimal(1000), currency="EUR", cap=Fraction(1, 10)
)
POLICY = Policy(
    "standard",
    objectives=(
        objective(credits=TABLE),
        objective(clock="customer_wait", within=48 * HOUR),
    ),
)


def statement(*tickets: Past, policy: Policy = POLICY) -> Statement:
    ledger = Ledger(contracts(policy), Question(dimensions=parse_dimensions(["organization"])))
    for ticket in tickets:
        ledger.add(ticket)
    (found,) = statements(ledger.result(), "organization")
    return found


def text_of(block: Block) -> str:
    return "".join(f"{line.rstrip()}\n" for line in as_text(block, Look()))


def markdown_of(block: Block) -> str:
    return "\n\n".join(as_markdown(block))


def tickets(name: str = "Acme") -> list[Past]:
    slow = met(IN_MARCH, clock="customer_wait", party="customer", elapsed=60 * HOUR)
    instances = [met(IN_MARCH, paused=2 * HOUR)] * 7 + [missed(IN_MARCH)] * 2
    instances += [slow, met(IN_MARCH, waived=True)]
    return [
        past(str(number), each, **{"organization.name": name})
        for number, each in enumerate(instances, start=1)
    ]


TEXT = """\
Service levels of Acme, 2026-03
From Sun 01 Mar 2026 00:00 CET to Wed 01 Apr 2026 00:00 CEST (Europe/Berlin).
Credit in total: 100.00 EUR.

standard
objective                           kept            counted  in time  missed  credit
90 % of First response per month    77.7777 % (7/9)  9        7        2       15%
First response: beside the counted ones 1 waived.
First response: 17h of ours; 14h of waiting are left out.
Credit: 10 %, capped from 15 % of 1000 EUR: 100.00 EUR.
"""


def test_the_text_says_what_was_promised_kept_and_is_owed() -> None:
    text = text_of(statement_block(statement(*tickets())))
    head = text.split("\n\nWhat was asked of you")[0]
    assert " ".join(head.split()) == " ".join(TEXT.split())


def test_the_customers_own_clocks_stand_apart() -> None:
    text = text_of(statement_block(statement(*tickets())))
    (row,) = [line for line in text.splitlines() if "Customer wait" in line]
    assert "90 % of Customer wait within 48h (the customer's) per month" in row
    assert row.endswith("60h")


def test_every_miss_is_listed_with_its_ticket() -> None:
    text = text_of(statement_block(statement(*tickets())))
    rows = [line for line in text.splitlines() if line.startswith("4")]
    assert [line.split()[0] for line in rows] == ["48", "49"]
    assert "Tue 10 Mar 2026 10:00 CET" in rows[0]
    assert rows[0].endswith("5h    4h")


def test_markdown_is_not_changed_by_what_others_wrote() -> None:
    nasty = [replace(each, ticket=replace(each.ticket, title="a | b\n# c <i>"))
             for each in tickets("*Acme*|<script>")]  # fmt: skip
    text = markdown_of(statement_block(statement(*nasty)))
    assert text.startswith("# Service levels of \\*Acme\\*\\|\\<script\\>, 2026-03\n")
    assert "a \\| b \\# c \\<i\\>" in text
    assert "\n# c" not in text


def test_nothing_owed_is_said() -> None:
    kept = past("1", met(IN_MARCH), **{"organization.name": "A"})
    text = text_of(statement_block(statement(kept)))
    assert "Nothing is owed." in text


def test_a_share_without_a_base_is_owed_without_an_amount() -> None:
    policy = Policy("standard", objectives=(objective(credits=credits_of(("90", "5"))),))
    ticket = past("1", missed(IN_MARCH), **{"organization.name": "A"})
    text = text_of(statement_block(statement(ticket, policy=policy)))
    assert "Credit: 5 %.\n" in text
    assert "Nothing is owed" not in text


SEAL = Seal("desk", "2026-03", 1_775_113_200, canonical({"period": "2026-03"}))


def restatement() -> Restatement:
    moved = Moved("3", "first_response", "e1", ("targets",), "misses", None, amended=False)
    sealed = {
        "party": "customer-abc",
        "totals": {"EUR": "100.00"},
        "sections": [{"credit": "1/10"}],
    }
    now = {"party": "customer-abc", "totals": {}, "sections": [{"credit": "0"}]}
    return Restatement(
        SEAL,
        (Changed("statements", ("customer-abc",), sealed, now),),
        (Mover(moved, "4711", "Printer", ("late event", "recalc")),),
        {"customer-abc": "kim"},
    )


def test_a_restatement_names_figures_tickets_and_reasons() -> None:
    text = " ".join(text_of(restatement_block(restatement())).split())
    assert "Restatement of 2026-03 Closed at 2026-04-02T07:00:00Z" in text
    assert "statements kim: sections 1 credit 1/10 0" in text
    assert "statements kim: totals EUR 100.00 –" in text
    assert "4711 Printer first_response misses not in it late event, recalc" in text
    assert "| 4711 | Printer |" in markdown_of(restatement_block(restatement()))


def test_where_nothing_differs_that_is_said() -> None:
    same = Restatement(SEAL, (), (), {})
    assert text_of(restatement_block(same)).startswith("2026-03 stands as it was closed\n")
