"""Orchestration over ports: what happens in a cycle, without saying how anything is reached."""
