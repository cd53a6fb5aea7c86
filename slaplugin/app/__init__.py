"""Orchestration over ports: no HTTP, no SQL, no terminal, no clock of its own."""
