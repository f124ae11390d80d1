"""``make search``: learns from questions how search weighs what it sees. Needs the extra ``train``."""
