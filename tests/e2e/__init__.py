"""The whole app as people meet it: a real process, real Chromium, several browsers at once."""
