"""What forgetting needs of settings and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.app.errors import ConfigurationError
from slaplugin.app.explaining import present_judge
from slaplugin.app.forget import Request, forget_again
from slaplugin.wiring import options_of

if TYPE_CHECKING:
    from slaplugin.wiring import Runtime


def request_of(runtime: Runtime, customer: str, now: int) -> Request:
    """Who is to be forgotten, and what policies ask about; ConfigurationError for wrong ones."""
    judge = present_judge(runtime.policies, runtime.view, now)
    holder = options_of(runtime.settings).holder
    return Request(runtime.settings.host_key, customer, holder, judge.tested)


def forget_since(runtime: Runtime, now: int) -> int:
    """After a restore: take out who was forgotten since the backup; how many people.

    Policies that cannot be read keep nobody in the store: then nothing is taken to be asked about.
    """
    try:
        request = request_of(runtime, "", now)
    except ConfigurationError:
        settings = runtime.settings
        request = Request(settings.host_key, "", options_of(settings).holder)
    return forget_again(runtime.store, request, now)
