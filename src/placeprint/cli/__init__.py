"""The command line: parses, calls, prints."""

from placeprint.cli.app import main

__all__ = ["main"]
