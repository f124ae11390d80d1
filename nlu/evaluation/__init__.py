"""How well the engine reads, in figures with their uncertainty."""
