"""How one ticket lives: who writes, who answers how fast, what happens in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slaplugin.demo.seed import topics
from slaplugin.demo.seed.office import AGENTS, CUSTOMERS, ORGANIZATIONS, customer_mail
from slaplugin.demo.seed.script import Action, Change, Entry, Merge, Open, Tag, Write
from slaplugin.demo.seed.worktime import after_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from slaplugin.demo.seed.topics import Topic

_OWNERS = {
    group: [login for login, _, _, full in AGENTS if group in full]
    for group in ("Support", "Billing", "VIP Desk", "2nd Level", "Escalations")
}
_CHANNELS = (("email", 55), ("web", 30), ("phone", 15))
_PRIORITIES = (("1 low", 12), ("2 normal", 72), ("3 high", 16))


@dataclass(slots=True)
class Story:
    """One ticket in the making: its facts, the running instant, the entries so far."""

    random: Random
    key: int
    at: datetime
    topic: Topic
    customer: str
    group: str
    owner: str
    vip: bool
    site: str
    variant: int = 0
    entries: list[Entry] = field(default_factory=list)

    def add(self, action: Action) -> None:
        """Append an action at the running instant."""
        self.entries.append(Entry(self.at, action))

    def work(self, low: float, high: float) -> None:
        """Let between `low` and `high` minutes of office time pass."""
        self.at = after_work(self.at, self.random.uniform(low, high))

    def wait(self, low: float, high: float) -> None:
        """Let between `low` and `high` minutes of plain time pass."""
        self.at += timedelta(milliseconds=int(self.random.uniform(low, high) * 60_000))

    def fill(self, text: str) -> str:
        """A wording with place and number filled in."""
        return text.format(site=self.site, n=self.random.randint(3, 28))

    def answer(self, texts: tuple[str, ...]) -> None:
        """The owner mails the customer, sometimes calls."""
        kind = "phone" if self.random.random() < 0.12 else "email"
        body = self.fill(self.random.choice(texts))
        article = {"type": kind, "sender": "Agent", "body": body}
        self.add(Write(self.key, self.owner, article))

    def first_answer(self) -> None:
        """The owner answers what was asked."""
        self.answer((self.topic.answers[self.variant],))

    def customer_writes(self, texts: tuple[str, ...]) -> None:
        """The customer mails or uses the portal."""
        kind = self.random.choice(("email", "email", "web"))
        body = self.fill(self.random.choice(texts))
        self.add(Write(self.key, self.customer, {"type": kind, "body": body}))

    def note(self) -> None:
        """The owner leaves an internal note."""
        body = self.random.choice(topics.NOTES)
        self.add(Write(self.key, self.owner, {"type": "note", "internal": True, "body": body}))

    def change(self, **sent: Any) -> None:
        """The owner changes fields."""
        self.add(Change(self.key, self.owner, sent))


def begin(random: Random, key: int, at: datetime) -> Story:
    """A new ticket by a customer, opened at `at`."""
    index = random.randrange(len(CUSTOMERS))
    organization, first, _, vip_person = CUSTOMERS[index]
    vip = vip_person or ORGANIZATIONS[organization][1] == "vip"
    topic = random.choice(topics.TOPICS)
    group = _first_group(random, topic, vip=vip)
    story = Story(
        random,
        key,
        at,
        topic,
        customer_mail(organization, first),
        group,
        random.choice(_OWNERS[group]),
        vip,
        random.choice(topics.SITES),
    )
    story.add(_opening(story))
    return story


def _first_group(random: Random, topic: Topic, *, vip: bool) -> str:
    if vip and random.random() < 0.6:
        return "VIP Desk"
    return topic.group if topic.group == "Billing" and random.random() < 0.7 else "Support"


def _opening(story: Story) -> Open:
    random = story.random
    title = _capital(story.fill(_title(story)))
    channel = _weighted(random, _CHANNELS)
    sent: dict[str, Any] = {
        "title": title,
        "group": story.group,
        "customer": story.customer,
        "priority": _weighted(random, _PRIORITIES),
        "product": story.topic.product,
    }
    body = story.fill(story.topic.bodies[story.variant])
    article = {"type": channel, "sender": "Customer", "subject": title, "body": body}
    actor = story.owner if channel == "phone" else story.customer
    chosen = tuple(tag for tag in story.topic.tags if random.random() < 0.6)
    return Open(story.key, actor, sent, article, chosen)


def _title(story: Story) -> str:
    """A wording of the topic, with the body that goes with it; some add where they are."""
    titles = story.topic.titles
    chosen = story.random.randrange(len(titles))
    story.variant = chosen * len(story.topic.bodies) // len(titles)
    placed = "{site}" in titles[chosen] or story.random.random() < 0.5
    return titles[chosen] if placed else f"{titles[chosen]} ({{site}})"


def _weighted(random: Random, choices: tuple[tuple[str, int], ...]) -> str:
    return random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def take_over(story: Story, low: float, high: float) -> None:
    """After `low` to `high` office minutes somebody takes the ticket, moving it if need be."""
    story.work(low, high)
    wanted = "VIP Desk" if story.vip else story.topic.group
    if wanted != story.group and story.random.random() < 0.7:
        story.add(Change(story.key, story.owner, {"group": wanted}))
        story.group = wanted
        story.owner = story.random.choice(_OWNERS[wanted])
        story.work(5, 40)
    story.change(owner=story.owner, state="open")


def quick(story: Story) -> None:
    """Answered in good time and closed."""
    take_over(story, 4, 45)
    story.work(3, 50)
    story.first_answer()
    story.work(20, 500)
    story.change(state="closed")


def conversation(story: Story) -> None:
    """Two or three turns before it is closed."""
    take_over(story, 10, 90)
    story.work(5, 70)
    story.first_answer()
    for _ in range(story.random.randint(1, 2)):
        story.wait(20, 900)
        story.customer_writes(story.topic.follow_ups)
        if story.random.random() < 0.35:
            story.work(5, 40)
            story.note()
        story.work(15, 240)
        story.answer(story.topic.second_answers)
    story.work(30, 700)
    story.change(state="closed")


def waiting(story: Story) -> None:
    """A reminder is set; the customer's answer or the agent ends the wait."""
    take_over(story, 10, 80)
    story.work(5, 60)
    story.first_answer()
    story.work(1, 6)
    story.change(state="pending reminder", pending_time=_later(story, story.random.randint(1, 4)))
    if story.random.random() < 0.6:
        story.wait(300, 2800)
        story.customer_writes(story.topic.follow_ups)
    else:
        story.wait(1500, 5000)
        story.work(0, 60)
        story.change(state="open")
    story.work(15, 200)
    story.answer(story.topic.second_answers)
    story.work(20, 300)
    story.change(state="closed")


def closing_by_itself(story: Story) -> None:
    """Answered and left to the scheduler to close."""
    take_over(story, 10, 80)
    story.work(5, 70)
    story.first_answer()
    story.work(1, 10)
    story.change(state="pending close", pending_time=_later(story, story.random.randint(2, 3)))


def reopened(story: Story) -> None:
    """Closed, and back a day or two later."""
    quick(story)
    story.wait(900, 3600)
    story.customer_writes(story.topic.reopenings)
    story.work(20, 260)
    story.answer(story.topic.second_answers)
    story.work(30, 600)
    story.change(state="closed")


def late(story: Story) -> None:
    """Lies around for a day before anybody answers."""
    take_over(story, 200, 900)
    story.work(60, 400)
    story.first_answer()
    story.work(60, 900)
    story.change(state="closed")


def handed_on(story: Story) -> None:
    """Support cannot solve it: a note, a tag, on to the engineers."""
    take_over(story, 10, 80)
    story.work(5, 60)
    story.first_answer()
    story.work(30, 300)
    story.note()
    story.add(Tag(story.key, story.owner, "needs-engineer"))
    story.change(group="2nd Level", priority="3 high")
    story.owner = story.random.choice(_OWNERS["2nd Level"])
    story.work(20, 400)
    story.change(owner=story.owner)
    story.work(30, 300)
    story.answer(story.topic.second_answers)
    story.add(Tag(story.key, story.owner, "needs-engineer", added=False))
    story.work(20, 300)
    story.change(state="closed")


def duplicated(story: Story) -> None:
    """The customer writes twice; the second ticket (key + 1) is merged into the first."""
    opening = story.entries[0].action
    story.wait(8, 90)
    if isinstance(opening, Open):
        body = story.random.choice(topics.DUPLICATES)
        sent = {**opening.sent, "title": f"{opening.sent['title']} (second try)"}
        article = {"type": "web", "sender": "Customer", "body": body}
        story.add(Open(story.key + 1, story.customer, sent, article))
    take_over(story, 10, 80)
    story.add(Merge(story.key + 1, story.owner, story.key))
    story.work(5, 90)
    story.first_answer()
    story.work(20, 400)
    story.change(state="closed")


def forgotten(story: Story) -> None:
    """Nobody ever answers."""
    if story.random.random() < 0.4:
        take_over(story, 60, 600)


def stalled(story: Story) -> None:
    """Answered once, then the customer waits for the second answer."""
    take_over(story, 10, 120)
    story.work(5, 90)
    story.first_answer()
    story.wait(30, 600)
    story.customer_writes(story.topic.follow_ups)


def _later(story: Story, days: int) -> str:
    target = story.at + timedelta(days=days)
    return target.replace(minute=target.minute // 15 * 15, second=0).strftime("%Y-%m-%dT%H:%M:00Z")


SETTLED: tuple[tuple[Callable[[Story], None], int], ...] = (
    (quick, 34),
    (conversation, 20),
    (waiting, 10),
    (closing_by_itself, 6),
    (reopened, 7),
    (late, 10),
    (handed_on, 5),
    (duplicated, 4),
    (forgotten, 2),
    (stalled, 2),
)
RECENT: tuple[tuple[Callable[[Story], None], int], ...] = (
    (quick, 20),
    (conversation, 13),
    (waiting, 11),
    (closing_by_itself, 6),
    (late, 20),
    (handed_on, 5),
    (duplicated, 2),
    (forgotten, 20),
    (stalled, 13),
)


def outbound(random: Random, key: int, at: datetime) -> list[Entry]:
    """An agent writes to a customer first; some answer, and it is closed by itself or by hand."""
    organization, first, _, _ = random.choice(CUSTOMERS)
    owner = random.choice(_OWNERS["Support"])
    title, body = random.choice(topics.OUTBOUND)
    day = random.choice(("Tuesday", "Wednesday", "Thursday"))
    customer = customer_mail(organization, first)
    story = Story(
        random,
        key,
        after_work(at, 0),
        topics.TOPICS[0],
        customer,
        "Support",
        owner,
        False,
        random.choice(topics.SITES),
    )
    sent = {
        "title": title,
        "group": "Support",
        "customer": customer,
        "owner": owner,
        "state": "open",
        "product": "other",
    }
    article = {"type": "email", "sender": "Agent", "body": body.format(day=day)}
    story.add(Open(key, owner, sent, article))
    if random.random() < 0.5:
        story.wait(60, 1200)
        story.customer_writes(("Fine with us, thank you.", "Could it be a day later?"))
        story.work(20, 300)
        story.answer(("Noted, thank you for the quick answer.",))
    story.work(30, 600)
    story.change(state="closed")
    return story.entries
