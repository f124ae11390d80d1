"""One folder per channel. What a channel must do stands in ``bot.channels.base``."""
