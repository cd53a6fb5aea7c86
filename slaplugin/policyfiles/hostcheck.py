"""``policy check --host``: what a set names, held against what the helpdesk has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from slaplugin.app.errors import Problem
from slaplugin.app.ports import Reference
from slaplugin.core.actions import ChangeKind
from slaplugin.core.model import COMMON_PRIORITIES
from slaplugin.core.policies import PolicySet, Step
from slaplugin.core.profiles import PROFILES
from slaplugin.policyfiles.cursor import suggestion
from slaplugin.policyfiles.doubts import fact_of
from slaplugin.policyfiles.mentions import Mention, Places, Spot, mentions, step_tags

CHOICES = frozenset({"none", "least_loaded", "round_robin", "previous", "manager", "hook"})
"""Words for an owner that name nobody in particular."""
_CHANGE_OF: Mapping[str, ChangeKind] = {
    "group": "set_group",
    "owner": "set_owner",
    "priority": "set_priority",
    "state": "set_state",
    "field": "set_field",
}
_OUR_WORDS = {"queue": "group", "sla": "fields.sla", "service": "fields.service"}
_NOWHERE = "slaplugin: nothing is called so"
_ALL = Places()

Refuses = Callable[[ChangeKind, str, str | None], str | None]
"""``Office.refuses``: the helpdesk's reason against a value, asked without writing."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How the settings spell the tags that we write into a field."""

    marks: tuple[str, ...] = ()
    """The tags for at risk and breached."""
    prefix: str = "sla-"


@dataclass(slots=True)
class Asked:
    """The helpdesk's word on single values, each asked for once."""

    refuses: Refuses | None = None
    """None: the helpdesk cannot be asked."""
    told: Callable[[int], None] = lambda _: None
    """Hears of every question, for a progress bar."""
    _answers: dict[tuple[ChangeKind, str, str | None], str | None] = field(default_factory=dict)

    def reason(self, kind: ChangeKind, value: str, name: str | None = None) -> str | None:
        """Why the helpdesk would not take the value; None: it would, or cannot be asked."""
        question = (kind, value, name)
        if self.refuses is not None and question not in self._answers:
            self._answers[question] = self.refuses(*question)
            self.told(1)
        return self._answers.get(question)

    def answers(self) -> bool:
        """Whether it can be asked at all: then it refuses a group that nobody has."""
        return self.reason("set_group", _NOWHERE) is not None


@dataclass(frozen=True, slots=True)
class _World:
    """Everything that one comparison looks at."""

    policy_set: PolicySet
    reference: Reference
    places: Places
    asked: Asked


def check_against(
    policy_set: PolicySet,
    reference: Reference,
    *,
    places: Places = _ALL,
    writing: Writing | None = None,
    asked: Asked | None = None,
) -> tuple[Problem, ...]:
    """Names that the helpdesk lacks, tags that its field for them does not take, and steps that
    change which of its own SLAs applies.

    ``asked`` counts where the account cannot list everything, and for values that a field must
    declare; without it such names count as unknown.
    """
    world = _World(policy_set, reference, places, asked or Asked())
    found = [*_names(world), *_values(world)]
    if writing is not None:
        found += _tags(world, writing)
    return (*dict.fromkeys(found), *escalation_warnings(policy_set, reference, places))


def check_installation(
    policy_set: PolicySet, host: str, channels: frozenset[str], places: Places = _ALL
) -> Iterator[Problem]:
    """What the set takes for granted of this installation: the kind of helpdesk that its profile
    copies, and the channels that its steps notify."""
    profile = policy_set.profile
    if profile is not None and host in PROFILES and profile != host:
        said = f"profile {profile} counts as another kind of helpdesk than the configured {host}"
        yield Problem(said, path="profile", hint=f"write profile: {host}, or leave it out")
    known = ", ".join(sorted(channels)) or "none is configured"
    for policy in policy_set.policies:
        for index, step in enumerate(policy.steps or ()):
            for channel in sorted(_notified(step) - channels):
                said = f"there is no channel {channel!r} to notify: the step would be skipped"
                hint = f"channels are tables notify.<name> of the settings ({known})"
                yield places.problem(Spot(policy, "steps", index), said, hint)


def _notified(step: Step) -> frozenset[str]:
    values = [action.value for action in step.do if action.kind == "notify"]
    return frozenset(
        name for value in values for name in ((value,) if isinstance(value, str) else value)
    )


# ---------------------------------------------------------------------- names


def _names(world: _World) -> Iterator[Problem]:
    known = _known(world.policy_set, world.reference)
    for mention in mentions(world.policy_set):
        problem = _missing(mention, known, world)
        if problem is not None:
            yield problem


def _known(policy_set: PolicySet, reference: Reference) -> Mapping[str, Collection[str] | None]:
    priorities = {*reference.priorities, *COMMON_PRIORITIES, *policy_set.priorities, "default"}
    return {
        "tag": reference.tags,
        "group": reference.groups,
        "owner": {*reference.owners, *CHOICES},
        "priority": priorities,
        "state": reference.states,
        "field": reference.fields,
        "customer field": reference.customer_fields,
        "organization field": reference.organization_fields,
    }


def _missing(
    mention: Mention, known: Mapping[str, Collection[str] | None], world: _World
) -> Problem | None:
    names = known[mention.kind]
    # A tag that a step sets is made by setting it; a list the host does not give tells nothing.
    if names is None or mention.name in names or (mention.kind, mention.use) == ("tag", "sets"):
        return None
    said = f"the policy {mention.use} {mention.kind} '{mention.name}', which the helpdesk "
    hint = suggestion(mention.name, names)
    if world.reference.complete:
        return world.places.problem(mention.spot, f"{said}lacks", hint)
    kind = _CHANGE_OF.get(mention.kind)
    if kind is None or not world.asked.answers():
        return world.places.problem(mention.spot, f"{said}does not show to this account", hint)
    reason = _refusal(mention, kind, world.asked)
    if reason is None:
        return None
    return world.places.problem(mention.spot, f"{said}refuses: {reason}", hint)


def _refusal(mention: Mention, kind: ChangeKind, asked: Asked) -> str | None:
    """A field is asked for with no value, which clears it, a name of another kind with itself."""
    if mention.kind == "field":
        return asked.reason(kind, "", mention.name)
    return asked.reason(kind, mention.name)


def _values(world: _World) -> Iterator[Problem]:
    """What steps write into fields that are there and take declared values alone."""
    for mention in mentions(world.policy_set):
        value = mention.value
        if not isinstance(value, str) or "{" in value or mention.name not in world.reference.fields:
            continue
        if not world.asked.answers():
            return
        reason = world.asked.reason("set_field", value, mention.name)
        if reason is not None:
            said = f"a step sets field '{mention.name}' to '{value}', which the helpdesk refuses"
            hint = f"add '{value}' to the possible values of {mention.name}"
            yield world.places.problem(mention.spot, f"{said}: {reason}", hint)


# ---------------------------------------------------------------------- what is ours


def _tags(world: _World, writing: Writing) -> Iterator[Problem]:
    """Values that the field for tags must declare, on hosts without tags."""
    name = world.reference.tags_field
    if name is None:
        return
    if not world.asked.answers() or world.asked.reason("add_tag", _NOWHERE) is None:
        return  # any text will do
    for mark in writing.marks:
        if world.asked.reason("add_tag", mark) is not None:
            yield Problem(_undeclared(mark, name), path="tags", hint=_declare(mark, name))
    for tag, spot in step_tags(world.policy_set, writing.prefix):
        yield from _step_tag(world, tag, spot, name)


def _step_tag(world: _World, tag: str, spot: Spot, name: str) -> Iterator[Problem]:
    if "{" in tag:
        said = f"nobody can declare beforehand what tag '{tag}' becomes, and {name} takes declared"
        hint = f"use {{clock}} or {{policy}}, or make {name} a field of free text"
        yield world.places.problem(spot, f"{said} values alone", hint)
    elif world.asked.reason("add_tag", tag) is not None:
        yield world.places.problem(spot, _undeclared(tag, name), _declare(tag, name))


def _undeclared(tag: str, name: str) -> str:
    return f"tag '{tag}' is none of the possible values of {name}"


def _declare(tag: str, name: str) -> str:
    return f"add {tag} to the possible values of {name}"


# ---------------------------------------------------------------------- the host's own SLAs


def escalation_warnings(
    policy_set: PolicySet, reference: Reference, places: Places = _ALL
) -> list[Problem]:
    """Steps that change which of the helpdesk's own SLAs applies to a ticket."""
    escalating = _escalating(reference)
    found = []
    for policy in policy_set.policies:
        for index, step in enumerate(policy.steps or ()):
            for changed in sorted(_changes(step) & escalating):
                said = f"step '{step.at}' changes {changed}, by which the helpdesk chooses one of "
                hint = "expect other numbers in the helpdesk's own escalation after this step"
                spot = Spot(policy, "steps", index)
                found.append(places.problem(spot, f"{said}its own SLAs", hint))
    return found


def _changes(step: Step) -> set[str]:
    return {fact for action in step.do if (fact := fact_of(action)) is not None}


def _escalating(reference: Reference) -> set[str]:
    """The host's field names as fact names: ``ticket.group_id`` and ``Queue`` are ``group``."""
    names = {
        name.rpartition(".")[2].removesuffix("_id").removesuffix("ID")
        for name in reference.escalation_fields
        if not name.startswith(("customer.", "organization."))
    }
    ours = {_OUR_WORDS.get(name.lower(), name) for name in names}
    return names | ours | {f"fields.{name}" for name in names}
