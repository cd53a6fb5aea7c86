"""``report --close PERIOD``: figures frozen with everything they rest on, and what moved since.

A sealed document is made of the store's content alone: two copies of a store, closed on two
machines, give the same bytes. It names the policy set, the versions and the head of the audit chain
that it was made from, and its own hash is an entry of that chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from itertools import repeat
from typing import Any, Protocol

from slaplugin.app.errors import ConfigurationError, LeaseHeldError
from slaplugin.app.forgotten import PSEUDONYM_KEY
from slaplugin.app.history import History, PastStore, Wanted, always, never
from slaplugin.app.ports import AuditEntry, Lease, TicketRow
from slaplugin.app.reporting.sealed import Seal, canonical
from slaplugin.app.tenure import LeaseStore, exclusive
from slaplugin.core.attainment import Contracts, needs_spans
from slaplugin.core.attainment.figures import Evidence, FigureCollector, Figures
from slaplugin.core.attainment.restatement import Changed, Moved, changed, moved
from slaplugin.core.dimensions import Dimension, parse_dimensions
from slaplugin.core.periods import CalendarPeriod, parse_period
from slaplugin.core.pseudonyms import pseudonym
from slaplugin.core.texts import utc_text

FORMAT = 1
"""Of the document; a change of its shape is a new number."""
PARTS = ("targets", "customers_clocks", "objectives", "statements")


class SealTransaction(Protocol):
    """The part of a transaction that closes a period."""

    def save_seal(self, seal: Seal, evidence: Sequence[Evidence]) -> None:
        """Keep it; a period that is closed already is a StoreError."""

    def audit(self, entry: AuditEntry) -> None: ...


class SealStore(PastStore, LeaseStore, Protocol):
    """The part of a store that keeps closed periods. Raises StoreError."""

    def tx(self) -> AbstractContextManager[SealTransaction]: ...

    def lease(self) -> Lease | None:
        """As it stands, valid or expired; None: nobody has it."""

    def head(self) -> str | None:
        """Hash of the audit chain's last link, hex."""

    def flag(self, name: str) -> str | None: ...

    def row(self, host: str, ticket: str) -> TicketRow | None: ...

    def audit_log(
        self, *, ticket: str | None = None, since: int | None = None, limit: int | None = None
    ) -> Iterator[Mapping[str, Any]]: ...

    def seal(self, host: str, period: str) -> Seal | None: ...

    def seals(self, host: str) -> Sequence[Seal]: ...

    def sealed_evidence(self, host: str, period: str) -> Iterable[Evidence]: ...


@dataclass(frozen=True, slots=True)
class Versions:
    """What judged the figures, beside the policy set: all three are in the document."""

    program: str
    engine: str
    """The program that resolved and kept the policy set."""
    holidays: str
    """Version of the calendar of public holidays, as installed."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that closing a period needs to know."""

    store: SealStore
    history: History
    """As of now: ``history.as_of``, UTC epoch seconds."""
    contracts: Contracts
    host: str
    policy_set: str
    """Hash of the set in force."""
    versions: Versions


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closes what."""

    period: CalendarPeriod
    who: str
    """Kept in the audit chain, not in the document."""
    by: str = "organization"
    """The dimension of statements: one word of ``--by``. People are sealed under pseudonyms."""
    unfinished: bool = False
    """Close it although it is not over: its figures are those of this moment."""
    holder: str = "report"
    """Name for the writer's lease."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A ticket that counts otherwise than when the period was closed, and why."""

    moved: Moved
    number: str
    title: str
    why: tuple[str, ...]
    """``late event``, ``amendment``, ``recalc``, ``policy set``, ``program``, ``read later``."""


@dataclass(frozen=True, slots=True)
class Restatement:
    """What a closed period would say now."""

    seal: Seal
    changed: tuple[Changed, ...]
    movers: tuple[Mover, ...]
    parties: Mapping[str, str]
    """Pseudonym in the documents -> the party's name, where it is a person."""

    @property
    def same(self) -> bool:
        """Nothing differs."""
        return not self.changed and not self.movers


def close_period(books: Books, closing: Closing) -> Seal:
    """Seal a period's figures; nothing is changed where it cannot be.

    ConfigurationError where it is closed already or not over (and ``unfinished`` does not say that
    this is known), LeaseHeldError while another process writes, StoreError.
    """
    period, now = closing.period, books.history.as_of
    _check_open(books, period)
    over = period_is_over(books.contracts, period, now)
    if not over and not closing.unfinished:
        raise ConfigurationError(_not_over(books.contracts, period))
    _check_free(books.store, closing.holder, now)
    with books.store.reading():
        head = books.store.head()
        figures = period_figures(books, period, closing.by)
    as_of = None if over else now
    document = {**figures.document, **_provenance(books, closing, figures.evidence, head, as_of)}
    seal = Seal(books.host, period.label, now, canonical(document))
    with exclusive(books.store, closing.holder, now, _HELD):
        _check_open(books, period)
        _record(books, closing, seal, figures.evidence)
    return seal


def _provenance(
    books: Books,
    closing: Closing,
    evidence: Sequence[Evidence],
    head: str | None,
    as_of: int | None,
) -> dict[str, Any]:
    """What a document says beside its figures; ``as_of`` None: the period is over."""
    return {
        "format": FORMAT,
        "host": books.host,
        "period": closing.period.label,
        "by": closing.by,
        "as_of": None if as_of is None else utc_text(as_of),
        "zones": _zones(books.contracts, closing.period),
        "policy_set": books.policy_set,
        "program": books.versions.program,
        "engine": books.versions.engine,
        "holidays": books.versions.holidays,
        "audit_head": head,
        "instances": len(evidence),
        "instances_sha256": _digest(evidence),
    }


def restatements(books: Books, seals: Sequence[Seal]) -> tuple[Restatement, ...]:
    """What closed periods would say of the present store, under the policies in force.

    In the order of ``seals``; one pass over the past serves all of them.
    """
    if not seals:
        return ()
    asked = [(parse_period(seal.period), seal.figures["by"]) for seal in seals]
    with books.store.reading():
        figures = _figures_of(books, asked)
        return tuple(map(_restatement, repeat(books), seals, figures))


def _restatement(books: Books, seal: Seal, figures: Figures) -> Restatement:
    before = books.store.sealed_evidence(seal.host, seal.period)
    movers = tuple(_mover(books, seal, each) for each in moved(before, figures.evidence))
    differences = changed(seal.figures, _read(figures.document), PARTS)
    return Restatement(seal, differences, movers, figures.parties)


def period_figures(books: Books, period: CalendarPeriod, by: str) -> Figures:
    """The figures of a period as of now; ValueError where ``by`` is no dimension."""
    (found,) = _figures_of(books, [(period, by)])
    return found


def _figures_of(books: Books, asked: Sequence[tuple[CalendarPeriod, str]]) -> list[Figures]:
    collectors = [_collector(books, period, by) for period, by in asked]
    contracts = books.contracts
    until = max(end for period, _ in asked for _, end in _bounds(contracts, period).values())
    detail = always if needs_spans(contracts.commitments) else never
    for past in books.history.pasts(Wanted(until=until), detail=detail):
        for collector in collectors:
            collector.add(past)
    return [collector.result() for collector in collectors]


def _collector(books: Books, period: CalendarPeriod, by: str) -> FigureCollector:
    (dimension,) = parse_dimensions([by])
    shown = _Shown(dimension, books.store.flag(PSEUDONYM_KEY))
    return FigureCollector(books.contracts, period, dimension, shown)


def period_is_over(contracts: Contracts, period: CalendarPeriod, now: int) -> bool:
    """Whether it has ended in every zone that any contract is told in."""
    return all(end <= now for _, end in _bounds(contracts, period).values())


class _Shown:
    """What stands for a party in the document: an organization's name, a person's pseudonym.

    So a person can be forgotten without a sealed document being touched.
    """

    def __init__(self, dimension: Dimension, key: str | None) -> None:
        self._hides = dimension.names_customers or dimension.names_agents
        self._kind = "agent" if dimension.names_agents else "customer"
        self._key = bytes.fromhex(key or "")

    def __call__(self, party: str) -> str:
        return pseudonym(party, self._key, self._kind) if self._hides else party


def _bounds(contracts: Contracts, period: CalendarPeriod) -> dict[str, tuple[int, int]]:
    return {zone: period.bounds(zone) for zone in sorted(contracts.zones)}


def _zones(contracts: Contracts, period: CalendarPeriod) -> dict[str, list[str]]:
    bounds = _bounds(contracts, period)
    return {zone: [utc_text(start), utc_text(end)] for zone, (start, end) in bounds.items()}


def _read(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """As it is read back from a seal, so that both sides are of the same types."""
    return Seal("", "", 0, canonical(document)).figures


def _digest(evidence: Iterable[Evidence]) -> str:
    digest = sha256()
    for each in evidence:
        digest.update(canonical(each._asdict()) + b"\n")
    return digest.hexdigest()


def _record(books: Books, closing: Closing, seal: Seal, evidence: Sequence[Evidence]) -> None:
    payload = {
        "period": seal.period,
        "hash": seal.hash,
        "who": closing.who,
        "policy_set": books.policy_set,
    }
    with books.store.tx() as tx:
        tx.save_seal(seal, evidence)
        tx.audit(AuditEntry("period_closed", seal.closed_at, payload, books.host))


# ---------------------------------------------------------------------- what keeps it from closing


def _check_open(books: Books, period: CalendarPeriod) -> None:
    found = books.store.seal(books.host, period.label)
    if found is not None:
        raise ConfigurationError(
            f"{period.label} was closed at {utc_text(found.closed_at)} and stays as it is"
            f" (`slaplugin report --sealed {period.label}` prints it); a report of that period"
            " prints what would differ today as restatements"
        )


def _not_over(contracts: Contracts, period: CalendarPeriod) -> str:
    zone, (_, end) = max(_bounds(contracts, period).items(), key=lambda item: item[1][1])
    return (
        f"{period.label} is not over before {utc_text(end)} ({zone}): its figures still change."
        " Close it then, or now with --unfinished"
    )


def _check_free(store: SealStore, holder: str, now: int) -> None:
    """Tell at once what would be told after a long computation."""
    lease = store.lease()
    if lease is not None and lease.expires_at > now and lease.holder not in ("", holder):
        raise LeaseHeldError(_HELD)


_HELD = (
    "another slaplugin is writing to this store; stop it (the daemon, too), close the period, and"
    " start it again: nothing was closed, and it catches up with what happens meanwhile"
)


# ---------------------------------------------------------------------- why something moved


def _mover(books: Books, seal: Seal, found: Moved) -> Mover:
    row = books.store.row(books.host, found.ticket)
    number, title = (row.number, row.title) if row else (found.ticket, "")
    return Mover(found, number, title, tuple(_reasons(books, seal, found, row)))


def _reasons(books: Books, seal: Seal, found: Moved, row: TicketRow | None) -> Iterator[str]:
    """Every reason that is on record; where there is none, something was learned late."""
    on_record = set(_recorded(books, seal, found))
    if found.amended:
        on_record.add("amendment")
    if row is not None and row.first_seen_at >= seal.closed_at:
        on_record.add("read later")
    if not on_record:
        on_record |= set(_other_judges(books, seal))
    yield from sorted(on_record) or ["late event"]


def _recorded(books: Books, seal: Seal, found: Moved) -> Iterator[str]:
    kinds = (
        {"recalc": "recalc"} if found.amended else {"recalc": "recalc", "correction": "late event"}
    )
    for entry in books.store.audit_log(ticket=found.ticket, since=seal.closed_at):
        payload = entry["payload"] or {}
        same = (payload.get("clock"), payload.get("start_event")) == (
            found.clock,
            found.start_event,
        )
        if same and entry["host"] == books.host and entry["kind"] in kinds:
            yield kinds[entry["kind"]]


def _other_judges(books: Books, seal: Seal) -> Iterator[str]:
    sealed = seal.figures
    if sealed["policy_set"] != books.policy_set:
        yield "policy set"
    if (sealed["program"], sealed["engine"]) != (books.versions.program, books.versions.engine):
        yield "program"
