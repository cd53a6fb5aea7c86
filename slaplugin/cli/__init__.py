"""The command line: parse, call, print. One module a command family, imported when invoked."""
