"""Differences between what a report says and what was counted, as readable lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tests.recount import escalated, lost, rated
from tests.recount.attained import (
    VERDICTS,
    Known,
    Line,
    counted,
    fee_of,
    is_judged,
    lines,
    owed,
    table,
)
from tests.recount.contract import FEE, GOALS, THEIRS
from tests.recount.hours import BEGIN, open_seconds, period, spans
from tests.recount.lives import NOW
from tests.recount.measured import (
    Figures,
    Measured,
    backlog,
    by_age,
    by_hour,
    figures,
    measured,
    summary,
)

Document = Mapping[str, Any]


def between(told: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    """One line for every key whose values differ."""
    return [
        f"{key}: told {told.get(key)}, counted {found.get(key)}"
        for key in sorted({*told, *found}, key=str)
        if told.get(key) != found.get(key)
    ]


def elapsed(tickets: Iterable[Known]) -> list[str]:
    """Exported seconds beside the bytes of the open hours."""
    told, found = {}, {}
    for ticket in tickets:
        for row in filter(is_judged, ticket.rows):
            key = (row["ticket"], row["clock"], row["instance"])
            pieces = counted(ticket, row)
            told[key] = row["elapsed"]
            found[key] = sum(open_seconds(name, first, last) for first, last, name, _ in pieces)
    return between(told, found)


def attained(
    document: Document, tickets: list[Known], per: str, by: tuple[tuple[str, ...], ...]
) -> list[str]:
    """Every cell of every table: ours, by each breakdown, and the customers'."""
    sheets = [(document["attainment"], ("policy",), False)]
    sheets += [(told["rows"], words, False) for told, words in zip(document["by"], by, strict=True)]
    sheets += [(document["customer_clocks"], (), True)]
    first, last = document["period"]["first"], document["period"]["last"]
    differences = []
    for told, words, theirs in sheets:
        counts = table(tickets, per, words, theirs=theirs)
        inside = {key: +cell for key, cell in counts.items() if first <= key[0] <= last}
        said = {_place(cell, words): _numbers(cell) for cell in told}
        differences += between(said, inside)
    return differences


def _place(cell: Document, words: tuple[str, ...]) -> tuple[Any, ...]:
    return (cell["period"], cell["clock"], *(cell[word] for word in words))


def _numbers(cell: Document) -> dict[str, int]:
    numbers = {name: cell[name] for name in (*VERDICTS, "elapsed", "paused")}
    return {name: number for name, number in numbers.items() if number}


# ---------------------------------------------------------------------- objectives


def kept(document: Document, tickets: list[Known]) -> list[str]:
    """Every objective in every period."""
    found = {
        (GOALS.index(line.goal), place[0]): _conclusion(line)
        for place, line in lines(tickets)
        if _touches(document, line, place[0])
    }
    told = {(_goal(line), line["period"]): _said(line) for line in document["objectives"]}
    return between(told, found)


def _touches(document: Document, line: Line, label: str | None) -> bool:
    """The local days of the period and those of the report have some in common."""
    if label is None:
        return True
    zone, per = line.goal.zone, line.goal.per or ""
    own, told = spans(per, zone)[label], document["period"]
    first = spans(told["per"], zone)[told["first"]][0]
    last = spans(told["per"], zone)[told["last"]][1]
    return first < own[1] and own[0] < last


def _conclusion(line: Line) -> dict[str, Any]:
    share = None if line.share is None else f"{line.share.numerator}/{line.share.denominator}"
    counts = {name: line.counts[name] for name in VERDICTS}
    credit = None if line.credit is None else f"{line.credit}%"
    return {**counts, "share": share, "met": line.met, "credit": credit}


def _said(line: Document) -> dict[str, Any]:
    return {name: line[name] for name in (*VERDICTS, "share", "met", "credit")}


def _goal(line: Document) -> int:
    """Which of the contract's objectives a line is about: no two are alike in these."""
    alike = [
        place for place, goal in enumerate(GOALS)
        if goal.policy == line["policy"]
        and goal.clock == (line["clock"] or line["availability"])
        and goal.within == line["within"]
        and f"{goal.share.numerator}/{goal.share.denominator}" == line["goal"]
    ]  # fmt: skip
    return alike[0]


# ---------------------------------------------------------------------- statements


def stated(document: Document, tickets: list[Known]) -> list[str]:
    """What is owed to everybody in every period, to the cent."""
    found: dict[tuple[Any, ...], Any] = {}
    sections: dict[tuple[str, str | None, str], list[Line]] = {}
    for place, line in lines(tickets, by_party=True):
        label, who = place
        if who is None or not _touches(document, line, label):
            continue
        found[who, label, _index(line)] = _conclusion(line)
        if line.goal.clock != THEIRS:
            line.fee = _fee(line, tickets, who, label)
            sections.setdefault((who, label, line.goal.policy), []).append(line)
    for key, parts in sections.items():
        parts.sort(key=_index)
        credit, money = owed(parts)
        found[key] = {"credit": f"{credit.numerator}/{credit.denominator}", "amount": money}
    return between(_all_stated(document), found)


def _index(line: Line) -> int:
    return GOALS.index(line.goal)


def _fee(line: Line, tickets: list[Known], who: str, label: str | None) -> Any:
    credits = line.goal.credits
    if credits is None or credits.base != FEE:
        return None
    span = (BEGIN, NOW + 1)
    if label is not None:
        span = spans(line.goal.per or "", line.goal.zone)[label]
    return fee_of(tickets, who, (span[0], min(span[1], NOW + 1)))


def _all_stated(document: Document) -> dict[tuple[Any, ...], Any]:
    told: dict[tuple[Any, ...], Any] = {}
    for each in document["statements"]:
        place = (each["organization"], each["period"])
        for line in each["customer_clocks"]:
            told[(*place, _goal(line))] = _said(line)
        for section in each["policies"]:
            amount = section["amount"]
            told[(*place, section["policy"])] = {
                "credit": section["credit"],
                "amount": None if amount is None else Decimal(amount),
            }
            for line in section["objectives"]:
                told[(*place, _goal(line))] = _said(line)
    return told


# ---------------------------------------------------------------------- figures of tickets


def figured(document: Document, tickets: list[Known]) -> list[str]:
    """Every time, number, share and count of every period; backlog and hours of the week."""
    told, asked = document["metrics"], document["period"]
    per, zone = asked["per"], asked["timezone"]
    found = measured(tickets)
    counts = figures(found, per, zone)
    inside = [label for label in counts if asked["first"] <= str(label) <= asked["last"]]
    differences = between(
        {cell["period"]: _told_figures(cell) for cell in told["periods"]},
        {label: _figures(counts[label]) for label in inside},
    )
    first, last = (spans(per, zone)[asked[end]] for end in ("first", "last"))
    days = {
        day: ages for day, ages in backlog(found, zone).items()
        if asked["since"] and first[0] <= _start(day, zone) < last[1]
    }  # fmt: skip
    differences += between({each["day"]: each["by_age"] for each in told["backlog"]}, days)
    differences += _hours(document, found, (first[0], last[1]))
    differences += _escalations(document, found)
    now = min(NOW, last[1])
    differences += between(
        {None: [each["by_age"] for each in told["backlog_now"]]}, {None: [by_age(found, now)]}
    )
    return differences


def _start(day: str, zone: str) -> int:
    return spans("day", zone)[day][0]


def _figures(each: Figures) -> dict[str, Any]:
    times = {
        key: [summary([wall for wall, _ in laps]), summary([inside for _, inside in laps])]
        for key, laps in each.times.items()
    }
    shares = {key: (above[True], above.total()) for key, above in each.shares.items()}
    parts = {
        f"{of} {name}": (len(laps), *map(sum, zip(*laps, strict=True)))
        for (of, name), laps in each.parts.items()
    }
    numbers = {key: summary(values) for key, values in each.numbers.items()}
    return {"times": times, "numbers": numbers, "counts": dict(each.counts), "shares": shares,
            "parts": parts}  # fmt: skip


def _told_figures(cell: Document) -> dict[str, Any]:
    times = {key: [_summary(lap["wall"]), _summary(lap["open"])]
             for key, lap in cell["times"].items() if key != "escalation_time"}  # fmt: skip
    known = ("created", "closed", "solved", "reopened")
    counts = {name: number for name, number in cell["counts"].items() if name in known}
    channels = {f"channel.{name}": number for name, number in cell["channels"].items() if number}
    shares = {key: (rate["count"], rate["of"]) for key, rate in cell["rates"].items()
              if rate["of"] and key != "escalation_rate"}  # fmt: skip
    parts = {f"{part['of']} {part['name']}": (part["tickets"], part["wall"], part["open"])
             for part in cell["parts"]}  # fmt: skip
    numbers = {key: _summary(each) for key, each in cell["numbers"].items()}
    return {"times": times, "numbers": numbers, "counts": counts | channels, "shares": shares,
            "parts": parts}  # fmt: skip


def _summary(told: Document) -> dict[str, int]:
    return dict(told)


def _hours(document: Document, found: list[Measured], bounds: tuple[int, int]) -> list[str]:
    """Arrivals against replies, by the hour of the local week."""
    told, zone = document["metrics"], document["period"]["timezone"]
    names = {"messages": "arrivals_by_hour_of_week", "replies": "replies_by_hour_of_week"}
    return between(
        {which: told[name] for which, name in names.items()},
        {which: by_hour(found, zone, which, bounds) for which in names},
    )


def _escalations(document: Document, found: list[Measured]) -> list[str]:
    """By kind: how many, what became of them, how long they took."""
    asked = document["period"]
    per, zone = asked["per"], asked["timezone"]
    counts: dict[str | None, Counter[str]] = defaultdict(Counter)
    times: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    for each in found:
        for key, at in escalated.told(each):
            counts[period(per, zone, at)][key] += 1
        for one in escalated.escalations(each):
            if one.ended_at is not None:
                times[period(per, zone, one.ended_at)].append((one.wall, one.inside))
        if each.solved_at is not None and escalated.escalations(each):
            counts[period(per, zone, each.solved_at)]["solved"] += 1
    told = {cell["period"]: _told_escalations(cell) for cell in document["metrics"]["periods"]}
    return between(told, {label: (counts[label], _lengths(times[label])) for label in told})


def _lengths(times: list[tuple[int, int]]) -> Any:
    return (
        [summary([wall for wall, _ in times]), summary([inside for _, inside in times])]
        if times
        else None
    )


def _told_escalations(cell: Document) -> Any:
    counts: Counter[str] = Counter()
    for each in cell["escalations"]:
        key = f"escalations.{each['kind']}"
        counts[key] = each["count"]
        counts.update({f"{key}.{end}": number for end, number in each["ends"].items()})
        counts.update({f"{key}.{name}": each[name] for name in ("after_miss", "in_time")})
    counts["solved"] = cell["rates"]["escalation_rate"]["count"]
    lap = cell["times"].get("escalation_time")
    return counts, None if lap is None else [lap["wall"], lap["open"]]


# ---------------------------------------------------------------------- causes


def caused(document: Document, tickets: list[Known]) -> list[str]:
    """Every missed clock with all its parts; they add up, and so do the ranks."""
    asked, said = document["period"], document["causes"]
    first, last = (spans(asked["per"], asked["timezone"])[asked[end]] for end in ("first", "last"))
    found, ranks = {}, Counter[tuple[str, str | None, str | None]]()
    for ticket, row, at in lost.missed(tickets, first[0], last[1]):
        parts = lost.causes(ticket, row)
        ranks += parts
        key = (row["ticket"], row["clock"], row["instance"])
        found[key] = (row["elapsed"], lost.over(ticket, row, at), dict(parts))
    told = {
        (miss["ticket"], miss["clock"], miss["instance"]): (
            miss["elapsed"],
            miss["over"],
            {_cause(each): each["seconds"] for each in miss["causes"]},
        )
        for miss in said["misses"]
    }
    ranked = {_cause(each): each["seconds"] for each in (*said["counted"], *said["beside"])}
    whole = {None: (said["lost"], sum(said["misses_by_hour_of_week"]))}
    sums = {None: (sum(each[0] for each in found.values()), len(found))}
    return between(told, found) + between(ranked, ranks) + between(whole, sums)


def _cause(each: Document) -> tuple[str, str | None, str | None]:
    return each["cause"], each["group"], each["agent"]


# ---------------------------------------------------------------------- answers, and idle waits


def satisfied(document: Document, tickets: list[Known]) -> list[str]:
    """What customers answered, by period and by what became of our targets."""
    asked, said = document["period"], document["satisfaction"]
    per, zone = asked["per"], asked["timezone"]
    first, last = (spans(per, zone)[asked[end]] for end in ("first", "last"))
    found = measured(tickets)
    answers = {label: cell for label, cell in rated.answers(found, per, zone).items()
               if asked["first"] <= str(label) <= asked["last"]}  # fmt: skip
    told = {(cell["period"], name): _told_scores(each) for cell in said["periods"]
            for name, each in cell["by_promise"].items() if each["answers"]}  # fmt: skip
    counted_ = {(label, name): rated.scores(each) for label, cell in answers.items()
                for name, each in cell.items()}  # fmt: skip
    response = (said["response"]["count"], said["response"]["of"])
    return between(told, counted_) + between(
        {"response": response}, {"response": rated.response(found, (first[0], last[1]))}
    )


def _told_scores(each: Document) -> dict[str, Any]:
    return {"satisfied": (each["satisfied"], each["answers"]), "mean": each["mean"]}


def idle(document: Document, tickets: list[Known]) -> list[str]:
    """Of a report about all time: seconds in which somebody waited for us behind a pause."""
    told: Counter[str] = Counter()
    for item in document["pauses"]["found"]:
        told[item["ticket"]] += item["unanswered"]
    waited = sum(
        stage.end - stage.start for ticket in tickets for stage in ticket.stages if stage.waiting
    )
    return between(dict(+told), rated.idle(tickets)) + between(
        {"all waits": document["pauses"]["seconds"]}, {"all waits": waited}
    )
