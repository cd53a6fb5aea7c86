"""Who is a VIP, from a CSV export of the CRM: columns ``email`` (or a bare domain) and ``tier``.

    [plugins.vip_from_crm]
    file = "vip_customers.csv"      # relative to slaplugin.toml
    vip_tiers = ["gold"]            # tiers that make a customer a VIP; default: gold, platinum

The file is read again when it has changed, so that tonight's export counts tomorrow. A policy
tests ``customer.vip`` or ``facts.tier``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slaplugin.core.model import Ticket

DEFAULT_VIP_TIERS = ("gold", "platinum")


@dataclass
class Crm:
    """The export, read once per version of the file."""

    file: Path | None = None
    vip_tiers: frozenset[str] = frozenset(DEFAULT_VIP_TIERS)
    _stamp: tuple[int, int] = (0, 0)
    _tiers: dict[str, str] = field(default_factory=dict)

    def tier_of(self, email: str) -> str | None:
        """The tier of an address, else that of its domain."""
        tiers = self._current()
        address = email.strip().lower()
        return tiers.get(address) or tiers.get(address.rpartition("@")[2])

    def _current(self) -> Mapping[str, str]:
        if self.file is None:
            return {}
        status = self.file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            with self.file.open(encoding="utf-8", newline="") as rows:
                self._tiers = {
                    row["email"].strip().lower(): row["tier"].strip().lower()
                    for row in csv.DictReader(rows)
                }
            self._stamp = stamp
        return self._tiers


crm = Crm()


def slaplugin_configure(directory: Path, options: Mapping[str, Any]) -> None:
    """Find the export; a file that is named but missing must end the start."""
    crm.file = directory / options["file"] if "file" in options else None
    crm.vip_tiers = frozenset(options.get("vip_tiers", DEFAULT_VIP_TIERS))
    if crm.file is not None and not crm.file.is_file():
        raise FileNotFoundError(f"the CRM export {crm.file} is missing")


def slaplugin_ticket_facts(ticket: Ticket) -> Mapping[str, Any] | None:
    """``customer.vip`` and ``facts.tier`` of customers whom the CRM knows."""
    tier = crm.tier_of(str(ticket.facts.get("customer.email") or ""))
    if tier is None:
        return None
    return {"customer.vip": tier in crm.vip_tiers, "tier": tier}
