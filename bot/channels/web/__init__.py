"""The web channel: sessions, the socket, long polling, and what one page may see. Protocol: ``docs/protocol.md`` §1."""
