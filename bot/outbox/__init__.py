"""What we say, on its way out: kept in order, retried within bounds, and never silently dropped."""
