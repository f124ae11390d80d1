"""The suite talks to this machine only: any other address is refused and remembered, even if code swallows errors."""

import ipaddress
import sys
from typing import Any

WATCHED = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"})
LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost"})

attempts: list[str] = []  # since the running test began
_installed = False


class OutsideContactError(OSError):
    """Code under test tried to reach another machine."""


def install() -> None:
    """Watch every socket call of this process for good. Child processes are on their own; so is libuv's resolver."""
    global _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True


def is_local(host: object) -> bool:
    """Whether a host name or address means this machine."""
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in LOCAL_NAMES or text.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in WATCHED:
        return
    host = _host_of(event, arguments)
    if not is_local(host):
        attempts.append(f"{event} {host}")
        raise OutsideContactError(f"tests contact nobody outside this machine: {event} {host}")


def _host_of(event: str, arguments: tuple[Any, ...]) -> object:
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        return arguments[0]
    address = arguments[1]
    # Unix sockets have a path (str or bytes) for an address, internet sockets a tuple that begins with the host.
    return address[0] if isinstance(address, tuple) else None
