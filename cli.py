"""Launcher without logic: ``python cli.py X`` is ``slaplugin X``."""

from slaplugin.cli.main import main

if __name__ == "__main__":
    main()
