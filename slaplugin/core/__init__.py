"""The rules: pure functions on frozen values. No clock read, no I/O, no logging, no third party."""
