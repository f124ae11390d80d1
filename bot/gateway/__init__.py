"""From a channel to the record, through the engine, and back to the outbox: the way of one message."""
