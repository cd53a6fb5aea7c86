"""Request Tracker in the words of its administrators."""

from __future__ import annotations

from slaplugin.hosts.guide import Guide

GUIDE = Guide(
    kind="rt",
    title="Request Tracker 5",
    address="https://rt.example.org",
    access="either",
    credential=(
        "check user and password, or make a new token (logged in as the account: Settings > Auth "
        "Tokens; right ManageAuthTokens) and set token or token_file"
    ),
    admin="the token or name of an administrator (AdminCustomField)",
    vip="none",
    vip_ways=(
        "organization=ORGANIZATION",
        "group=QUEUE",
        "field=CUSTOM FIELD=VALUE",
        "field=customer.fields.NAME=VALUE",
        "none",
    ),
    groups="queues",
    group_rights="SeeQueue and CreateTicket there",
    fields={"tags": "SLA Tags", "due": "SLA Due"},
    settings=(
        "[states]                 # statuses of lifecycles of your own; stalled waits already",
        '"on hold" = "waiting_other"',
    ),
)
