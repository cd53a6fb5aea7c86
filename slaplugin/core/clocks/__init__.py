"""Replaying a timeline into clock instances (policy-language §5-§7)."""
