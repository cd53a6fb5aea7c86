"""Plugins: finding them, asking them, and saying what is loaded.

``load_plugins`` finds built-ins, installed packages (entry points of the group ``slaplugin``) and
drop-ins (``hooks/*.py`` beside the settings file) and registers all through the same door.
"""

from __future__ import annotations

from slaplugin.plugins.calls import HookFailure, PluginHooks
from slaplugin.plugins.load import load_plugins
from slaplugin.plugins.registry import LoadedPlugin, Registry

__all__ = ["HookFailure", "LoadedPlugin", "PluginHooks", "Registry", "load_plugins"]
