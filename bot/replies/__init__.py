"""The words: one file per language, read against S6 by a test, and the way from an action to message bodies."""
