"""The conversation engine: a pure function from (state, event, what was seen) to (state, actions)."""
