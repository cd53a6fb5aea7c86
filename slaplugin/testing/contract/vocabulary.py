"""Clauses on what an adapter says about its helpdesk: names, people, capabilities."""

from __future__ import annotations

from functools import partial

from slaplugin.app.errors import HostPermanentError
from slaplugin.app.ports import Agent, Change, Host, Party, PartyPage, Reference
from slaplugin.core.model import COMMON_PRIORITIES, STATE_KINDS
from slaplugin.testing.contract.ask import caught_up, later, past, refused
from slaplugin.testing.contract.clause import broken, clause, expect, need
from slaplugin.testing.desk import Ability, Desk, Words

_FIELD_TYPES = {"text", "datetime", "select", "number", "boolean", "unknown"}


class VocabularyClauses:
    """Honesty about names and capabilities."""

    @clause
    def test_names_are_complete_or_said_not_to_be(self, desk: Desk) -> None:
        """``reference`` lists all there is, or says ``complete=False``; whatever it lists has a
        kind or type that policies know."""
        _known_ticket(desk)
        found = desk.host().reference()
        kinds = set(found.states.values()) - set(STATE_KINDS)
        expect(not kinds, f"state kinds that nobody knows: {sorted(kinds)}")
        types = set(found.fields.values()) - _FIELD_TYPES
        expect(not types, f"field types that nobody knows: {sorted(types)}")
        missing = _missing_names(found, desk.words)
        expect(not (found.complete and missing), f"said to be complete, without {missing}")

    @clause
    def test_names_can_be_used(self, desk: Desk) -> None:
        """Priorities and groups that ``reference`` lists can be written and show afterwards by
        the same name."""
        ticket = _known_ticket(desk)
        host = desk.host()
        found = host.reference()
        for name in found.priorities[:6]:
            host.write(ticket, [Change("set_priority", name)])
            shown = host.look(ticket).priority
            expect(shown == name, f"priority {name!r} is listed; written, it shows {shown!r}")
        for name in desk.words.groups:
            host.write(ticket, [Change("set_group", name)])
            shown = host.look(ticket).group
            expect(shown == name, f"group {name!r}, once written, shows {shown!r}")

    @clause
    def test_priorities_have_common_names(self, desk: Desk) -> None:
        """``priority_names`` maps host priorities to urgent, high, normal or low, and knows those
        of the helpdesk's tickets."""
        found = desk.host().priority_names
        strange = set(found.values()) - set(COMMON_PRIORITIES)
        expect(not strange, f"not common priorities: {sorted(strange)}")
        unknown = set(desk.words.priorities) - found.keys()
        expect(not unknown, f"no common name for {sorted(unknown)}")

    @clause
    def test_tags_live_in_one_place(self, desk: Desk) -> None:
        """Where tags live in a custom field, ``reference`` names it, and the field shows as tags
        alone: neither among the fields nor in events of fields."""
        ticket, words, host = desk.create(), desk.words, desk.host()
        later(desk, partial(desk.add_tag, ticket, words.tags[2]))
        host.write(ticket, [Change("add_tag", words.tags[0])])
        field, seen = host.reference().tags_field, host.look(ticket)
        expect({words.tags[0], words.tags[2]} <= seen.tags, f"tags shown: {sorted(seen.tags)}")
        doubled = [name for name, value in seen.fields.items() if _holds(value, words.tags[2])]
        expect(not doubled, f"the tags are shown among the fields, too: {doubled}")
        expect(field is None or field not in seen.fields, f"{field} is the field of the tags")
        said = [
            event.data.get("field")
            for event in past(desk, ticket)
            if event.kind == "field_changed" and _holds(event.data.get("to"), words.tags[2])
        ]
        expect(not said, f"a change of tags is told as a change of {said}")

    @clause
    def test_people_can_own(self, desk: Desk) -> None:
        """Everybody in ``agents_of`` a group can own its tickets; the order is stable, nobody is
        in it twice, and our own account is not; an unknown group has none, or is refused."""
        _known_ticket(desk)
        host, words = desk.host(), desk.words
        found = list(host.agents_of(words.groups[0]))
        logins = [agent.login for agent in found]
        again = [agent.login for agent in desk.host().agents_of(words.groups[0])]
        expect(logins == again, f"in another order each time: {logins}, {again}")
        expect(len(set(logins)) == len(logins), f"somebody is named twice: {logins}")
        for login in logins[:3]:
            ticket = desk.create()
            host.write(ticket, [Change("set_owner", login)])
            shown = host.look(ticket).owner
            expect(shown == login, f"{login} is said to own; made owner, the ticket shows {shown}")
        _no_agents_of_nothing(desk.host())

    @clause
    def test_parties_tell_what_changed(self, desk: Desk) -> None:
        """Without a bookmark ``parties`` only sets one; then a customer who became a VIP is told
        by the key that tickets carry."""
        need(desk, Ability.PARTIES)
        ticket, host = desk.create(), desk.host()
        bookmark = _party_bookmark(list(host.parties(None)))
        desk.advance(600)
        desk.set_vip(ticket, True)
        pages = list(desk.host().parties(bookmark))
        key = host.read(ticket).customer_key
        told = [item for page in pages for item in page.items if item.key == key]
        expect(bool(told), f"customer {key} became a VIP and is not told")
        expect(told[-1].kind == "customer", f"told as {told[-1].kind}")
        expect(told[-1].facts.get("customer.vip") is True, f"told as {dict(told[-1].facts)}")
        desk.set_vip(ticket, False)

    @clause
    def test_parties_can_always_be_asked(self, desk: Desk) -> None:
        """A helpdesk that cannot tell about customers still gives a bookmark, again and again."""
        host = desk.host()
        bookmark = _party_bookmark(list(host.parties(None)))
        _party_bookmark(list(desk.host().parties(bookmark)))

    @clause
    def test_lacking_abilities_are_lacking(self, desk: Desk) -> None:
        """What the desk says this helpdesk cannot do is not done by the adapter either: a clause
        is skipped only where there is nothing to test."""
        for ability, reason in desk.lacks.items():
            expect(bool(reason.strip()), f"{ability.name} is lacking for no reason")
        ticket, words = desk.create(), desk.words
        desk.add_tag(ticket, words.tags[2])
        desk.set_text(ticket, words.texts[0])
        told = {(event.kind, event.data.get("field")) for event in past(desk, ticket)}
        if Ability.TAG_HISTORY in desk.lacks:
            expect(not any(kind == "tag_added" for kind, _ in told), "TAG_HISTORY is there")
        if Ability.FIELD_HISTORY in desk.lacks:
            field = f"fields.{words.text_field}"
            expect(("field_changed", field) not in told, "FIELD_HISTORY is there")
        if Ability.PARTIES in desk.lacks:
            expect(not _parties(desk), "PARTIES is there")
        if Ability.FAULTS not in desk.lacks:
            expect(bool(desk.faults), "FAULTS is there and no kind of fault can be ordered")
        if Ability.DATE_FIELD not in desk.lacks:
            expect(words.date_field is not None, "DATE_FIELD is there and no field is named")


def _known_ticket(desk: Desk) -> str:
    """A ticket that has worn every word: some helpdesks list only what they saw."""
    ticket, words = desk.create(), desk.words
    desk.set_priority(ticket, words.priorities[1])
    desk.set_owner(ticket, words.owners[0])
    desk.host().read(ticket)
    caught_up(desk)
    return ticket


def _missing_names(found: Reference, words: Words) -> list[str]:
    wanted = {
        "group": (words.groups, found.groups),
        "priority": (words.priorities, found.priorities),
        "owner": (words.owners, found.owners),
        "state": ((words.open, words.waiting, words.closed), found.states),
        "field": ((words.text_field,), found.fields),
    }
    return [
        f"{what} {name}" for what, (names, told) in wanted.items() for name in names
        if name not in told
    ]  # fmt: skip


def _holds(value: object, tag: str) -> bool:
    return tag == value or (isinstance(value, list | tuple | set) and tag in value)


def _no_agents_of_nothing(host: Host) -> None:
    found: list[Agent] = []
    error = refused(lambda: found.extend(host.agents_of("No such group")))
    expect(not found, f"a group that does not exist has agents: {found}")
    expect(
        error is None or isinstance(error, HostPermanentError),
        f"a group that does not exist is answered by {error!r}",
    )


def _parties(desk: Desk) -> list[Party]:
    """Who was ever told to have changed, from the first bookmark on."""
    bookmark = _party_bookmark(list(desk.host().parties(None)))
    return [item for page in desk.host().parties(bookmark) for item in page.items]


def _party_bookmark(pages: list[PartyPage]) -> str:
    if not pages:
        broken("parties gave no page, so that there is no bookmark to go on from")
    return pages[-1].bookmark
