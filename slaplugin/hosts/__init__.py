"""Helpdesks, one module or small package each, strangers to one another.

Every adapter implements :class:`slaplugin.app.ports.Host`; what they share is the transport in
:mod:`slaplugin.hosts.http` and the values of :mod:`slaplugin.hosts.config`.
"""
