"""What a profile means, in words (docs/hosts/profiles.md has the sources)."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.core.clocks.definitions import BUILTIN
from slaplugin.core.profiles import WHENEVER, Profile, profile_of
from slaplugin.policyfiles.words import joined

_OWED = {
    "customers": "tickets by or for a customer",
    "requestor": "tickets that the customer entered in person",
    "everybody": "every ticket, and an agent's own opening message answers it at once",
}
_UPDATE_FROM = {
    "reply": "the first reply",
    "outbound": "the first reply, or a creation by an agent",
    "creation": "the creation",
}
_UPDATE_ON_MESSAGE = {
    "ignore": "",
    "end": ", ends at the customer's answer",
    "restart": ", counts anew from the customer's answer",
}


def profile_words(name: str) -> str:
    """One phrase for a listing: all choices, those of the policies going first."""
    return (
        f"where the policies are silent, as {name} counts by itself: "
        f"{'; '.join(profile_choices(profile_of(name)))}"
    )


def profile_choices(profile: Profile) -> Iterator[str]:
    """Every choice of the family in a phrase of its own."""
    yield _pauses(profile)
    yield _reopen(profile)
    yield f"{_reply(profile)} is a reply"
    yield f"first_response for {_OWED[profile.owed_to]}"
    if profile.next_from_creation:
        yield "next_response counts from the creation on"
    first, then = _UPDATE_FROM[profile.update_from], _UPDATE_ON_MESSAGE[profile.update_on_message]
    yield f"update counts from {first}{then}"


def without_counterpart(profile: Profile) -> tuple[str, ...]:
    """The built-in clocks that the family has nothing like: they keep our defaults."""
    return tuple(name for name in BUILTIN if profile.native and name not in profile.native)


def _pauses(profile: Profile) -> str:
    if not profile.pauses:
        return "no clock of the family pauses"
    paused = joined(name for name in BUILTIN if name in profile.pauses)
    until = "the waiting state lasts" if profile.by_state else "the customer is waited for"
    return f"while {until} these stand still: {paused}"


def _reopen(profile: Profile) -> str:
    if profile.reopen_within is None:
        return "the first close is final"
    return "a reopen continues" if profile.reopen_within == WHENEVER else "a reopen may continue"


def _reply(profile: Profile) -> str:
    missing = [] if profile.reply.notes else ["a note"]
    missing += [] if profile.reply.calls else ["a logged inbound call"]
    but = f" but {joined(missing)}" if missing else ""
    return f"any public message of an agent{but}"
