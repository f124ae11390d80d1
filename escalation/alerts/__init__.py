"""Calling people outside the app: signed webhook, mail, and the link by which they say "seen"."""
