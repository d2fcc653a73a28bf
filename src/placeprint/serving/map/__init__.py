"""The map of a run: what it shows, its page, its vector tiles."""
