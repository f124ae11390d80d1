"""Speed, measured: each benchmark prints a table and JSON, and quotes ratios within one run."""
