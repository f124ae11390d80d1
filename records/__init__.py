"""What is written down: tables, store, vault, timers, audit trail, retention, erasure, migrations."""
