"""What the demo's customers write about: own invention, grouped by the desk that answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of request with its wordings; `{site}` and `{n}` are filled in.

    There is an answer for each body, and the titles fall evenly, in order, on the bodies.
    """

    group: str
    product: str
    titles: tuple[str, ...]
    bodies: tuple[str, ...]
    answers: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @property
    def follow_ups(self) -> tuple[str, ...]:
        """What the customer writes after an answer."""
        return OFFICE_FOLLOW_UPS if self.product == "other" else FOLLOW_UPS

    @property
    def reopenings(self) -> tuple[str, ...]:
        """What the customer writes after the ticket was closed."""
        return OFFICE_REOPENINGS if self.product == "other" else REOPENINGS

    @property
    def second_answers(self) -> tuple[str, ...]:
        """What the agent answers to that."""
        return OFFICE_SECOND_ANSWERS if self.product == "other" else SECOND_ANSWERS


SITES = (
    "the head office",
    "the warehouse",
    "reception",
    "the second floor",
    "the harbour branch",
    "the training room",
    "the call centre",
    "the showroom",
    "the lab",
    "the depot",
    "ward 4",
    "the kitchen office",
    "the north wing",
    "the ticket counter",
)

TOPICS: tuple[Topic, ...] = (
    Topic(
        "Support",
        "router",
        (
            "Internet drops every few minutes in {site}",
            "Router in {site} restarts by itself",
            "No connection in {site} since this morning",
        ),
        (
            "The link in {site} goes away about {n} times an hour and comes back after a minute.",
            "Nobody in {site} gets online. The lamp on the box blinks orange.",
        ),
        (
            "Thank you for the report. Could you tell us the firmware shown on the status page?",
            "We see the resets on our side and have moved you to another profile. Please watch it.",
        ),
        ("connection",),
    ),
    Topic(
        "Support",
        "router",
        (
            "Please open a port for our camera system",
            "Port forwarding for the alarm panel",
        ),
        (
            "The installer asks for port 8{n} to be forwarded to the recorder in {site}.",
            "The alarm company cannot reach the panel from outside. What do they have to enter?",
        ),
        (
            "Done. Please test from outside and tell us whether the recorder answers.",
            "We would rather set up a tunnel than an open port. May we call you about it?",
        ),
    ),
    Topic(
        "Support",
        "router",
        ("Guest Wi-Fi password", "Change of the guest password", "Wi-Fi weak in {site}"),
        (
            "Please change the guest password for {site}, it hangs on the wall for all to see.",
            "In {site} phones fall back to one bar. {n} people work there every day.",
        ),
        (
            "The new password is active; you find it in the portal under Networks.",
            "We suggest a second access point. I am sending you an offer today.",
        ),
        ("wifi",),
    ),
    Topic(
        "2nd Level",
        "router",
        (
            "VPN tunnel to the branch is down",
            "VPN connects but nothing answers",
            "Tunnel between {site} and the data centre flaps",
        ),
        (
            "Since the night the tunnel shows as connected, yet no server behind it answers.",
            "We count {n} reconnects since Monday. The log says the peer does not respond.",
        ),
        (
            "The keys had expired on one side. Both are renewed, please check the file server.",
            "We need a trace from your side; the steps are in the note below.",
        ),
        ("vpn", "network"),
    ),
    Topic(
        "2nd Level",
        "switch",
        (
            "Several ports dead on the switch in {site}",
            "Half of the sockets in {site} are dead",
            "Loop detected alarm in {site}",
        ),
        (
            "Ports 1 to {n} give no link any more. We moved the important machines by hand.",
            "Somebody plugged in both ends of a cable, I think. We get an alarm every minute.",
        ),
        (
            "A replacement is on its way; until then we have disabled the faulty block.",
            "We found the loop on port {n} and shut that port. Please remove the second cable.",
        ),
        ("hardware",),
    ),
    Topic(
        "Support",
        "switch",
        ("Move of {n} workplaces next week", "Which sockets in {site} are live?"),
        (
            "We are moving {n} people into {site}. Which sockets are patched there?",
            "Can you tell us the port numbers for {site}? The electrician comes on Thursday.",
        ),
        (
            "Sockets 12 to 19 are live. Please send a list of the devices that will be plugged in.",
            "The plan is attached to your portal. We patch the rest on the day before.",
        ),
    ),
    Topic(
        "Support",
        "cloud_backup",
        (
            "Backup report did not arrive",
            "No mail from last night's backup",
            "Backup finished with warnings",
        ),
        (
            "The usual mail at six did not come. Did the backup of {site} run?",
            "The report lists {n} files as skipped. Is that something to worry about?",
        ),
        (
            "The backup ran, only the mail got stuck. We have sent it again.",
            "Those are open database files. We will switch on the snapshot option tonight.",
        ),
        ("backup",),
    ),
    Topic(
        "2nd Level",
        "cloud_backup",
        (
            "Please restore a folder",
            "Restore of a deleted project needed today",
            "Restore test failed",
        ),
        (
            "A colleague deleted the folder of {site} yesterday. We need the state of noon.",
            "The restore stops at {n} per cent with an error about the checksum.",
        ),
        (
            "The restore is running and should be finished within two hours.",
            "We restored it beside the original so that you can compare. Please confirm.",
        ),
        ("backup", "restore"),
    ),
    Topic(
        "Support",
        "cloud_backup",
        (
            "How much space do we have left?",
            "Storage almost full warning",
        ),
        (
            "The portal says {n} per cent left. Is there anything we can delete?",
            "We got the yellow warning again. What would the next size up cost?",
        ),
        (
            "Old versions take a third of it. We can shorten how long they are kept if you agree.",
            "You have room for about two more months. I have added the price list.",
        ),
    ),
    Topic(
        "Support",
        "phone_system",
        (
            "Calls are cut off after a while",
            "Long calls end by themselves",
            "No ring on the phones in {site}",
        ),
        (
            "Outside calls end after exactly {n} minutes. Internal ones are fine.",
            "Since the update the phones in {site} light up but make no sound.",
        ),
        (
            "That is a timer on the trunk. We have raised it; please make a long test call.",
            "Please restart one phone while holding the star key and tell us what it shows.",
        ),
        ("telephony",),
    ),
    Topic(
        "Support",
        "phone_system",
        (
            "New extension for a colleague",
            "New colleague, new phone",
            "Please change the holiday announcement",
        ),
        (
            "We have a new colleague in {site} and need an extension and a headset by Monday.",
            "Please play the holiday text from Friday noon until next Wednesday.",
        ),
        (
            "Extension {n} is ready, the headset leaves our warehouse today.",
            "It is scheduled. You can hear it in advance by dialling 77.",
        ),
    ),
    Topic(
        "2nd Level",
        "phone_system",
        (
            "One-way audio on outside calls",
            "Fax over IP does not work any more",
        ),
        (
            "Callers hear us but we do not hear them, roughly one call in {n}.",
            "The fax in {site} answers and then hangs up. The doctor's office depends on it.",
        ),
        (
            "The provider changed an address range. We have adapted the firewall, please test.",
            "We have turned the codec down for that line. Could you send yourself a test page?",
        ),
        ("telephony",),
    ),
    Topic(
        "Billing",
        "other",
        (
            "Invoice shows a location we closed",
            "Question about the last invoice",
            "Same invoice paid twice",
            "Charged twice this month",
        ),
        (
            "Position {n} is for {site}, which we gave up in spring. Please correct it.",
            "We paid the same amount twice, see our bank statement. Please refund one of them.",
        ),
        (
            "You are right. The corrected invoice is in your portal, the rest is credited.",
            "I have asked our accounts to check the payment and will come back to you tomorrow.",
        ),
        ("invoice",),
    ),
    Topic(
        "Billing",
        "other",
        (
            "Cancellation of a line",
            "End of the contract for {site}",
            "Purchase order number missing",
            "Order number on our invoices",
        ),
        (
            "We would like to end the contract for {site} at the next possible date.",
            "Our purchasing needs the order number on every invoice. Can you add it for us?",
        ),
        (
            "We confirm the end of the contract; the final invoice follows next month.",
            "The order number is on file and will be on each invoice from now on.",
        ),
        ("contract",),
    ),
    Topic(
        "Support",
        "other",
        (
            "Cannot log in to the portal",
            "Password reset mail never comes",
            "New colleague needs portal access",
        ),
        (
            "It says the password is wrong, although I changed it {n} minutes ago.",
            "Please give our new colleague in {site} the same rights as I have.",
        ),
        (
            "Your account was locked after too many attempts. It is open again.",
            "The invitation is on its way. It can be used for two days.",
        ),
        ("portal",),
    ),
    Topic(
        "Support",
        "other",
        (
            "Label printer prints blanks",
            "Empty labels from {site}",
            "Printout shows <b>tags</b> & odd signs",
        ),
        (
            "Since the move every label from {site} is empty. We need about {n} a day.",
            "The delivery notes have <i>strange</i> marks in them. See the photo in the portal.",
        ),
        (
            "Please pull the power for a minute, then print the test page from the menu.",
            "The driver was replaced by an update. We have put the old one back.",
        ),
        ("printing",),
    ),
)

FOLLOW_UPS = (
    "It works now, but only until somebody restarts the machine.",
    "Here is what you asked for: the display says version 4.{n}.",
    "We tried that, no change.",
    "That helped for {site}. The other rooms still have the trouble.",
    "Could you look at it again? The same thing happened this morning.",
)
SECOND_ANSWERS = (
    "Thank you, that was the missing piece. We have changed it on our side.",
    "We have found the cause and fixed it. Please tell us if it shows up again.",
    "A colleague will be in {site} tomorrow between nine and eleven.",
    "This is now with our engineers; you will hear from us today.",
)
OFFICE_FOLLOW_UPS = (
    "Any news? My boss is asking.",
    "The number you need is 20-{n}.",
    "I have asked our accounts: it concerns {site} only.",
    "Could you send me that in writing, please?",
    "Not quite: I meant last month.",
)
OFFICE_SECOND_ANSWERS = (
    "Thank you, I have put it right. You find it in the portal.",
    "I have asked the colleague in charge; you will hear from us today.",
    "That is settled now. Please check and tell us if anything is missing.",
)
REOPENINGS = (
    "Sorry, it is back: exactly the same as before.",
    "It worked for a day. Since this morning it does not.",
    "One more thing: the second device has the same problem.",
)
NOTES = (
    "Called, nobody picked up. Trying again later.",
    "Same customer had this in spring, see the old ticket.",
    "Needs somebody with access to the core switch.",
    "Waiting for the supplier's answer.",
    "Customer prefers a call before noon.",
)
OFFICE_REOPENINGS = (
    "I have looked again and it is still the old amount.",
    "My colleague says that this was about another month.",
    "One more thing: the same is true for {site}.",
)
DUPLICATES = (
    "Sending this again because I am not sure that it arrived.",
    "My colleague may have written already, but it is urgent.",
)
OUTBOUND = (
    ("Planned maintenance on your line", "We plan a short interruption on {day} evening."),
    ("Your router gets a new firmware", "The update takes ten minutes and runs on {day} night."),
    ("Contract renewal", "Your contract runs out soon; the new terms are in your portal."),
)
