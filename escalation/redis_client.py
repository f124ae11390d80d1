"""The one place where clients of Redis (or Valkey) are made, with one pinned set of arguments.

Two clients: commands never wait long and are never sent twice (redis-py would re-send an XADD after a lost answer); the
blocking one has no read time-out, since a blocking read waits by intent and a time-out would tear its connection down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from escalation.errors import SettingsError

COMMAND_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class RedisClients:
    """``commands`` for everything that answers at once, ``blocking`` for XREAD BLOCK and pub/sub."""

    commands: Redis
    blocking: Redis

    async def aclose(self) -> None:
        await self.commands.aclose()
        await self.blocking.aclose()


def connect(url: str) -> RedisClients:
    """Clients for ``redis://``, ``rediss://``, ``unix://``, ``redis+sentinel://`` and ``redis+cluster://`` addresses.

    ``redis+sentinel://[user:password@]host:port,host:port/service[/db]`` and
    ``redis+cluster://[user:password@]host:port,host:port``; ``?tls=1`` for both. Nothing is contacted yet.

    Raises:
        SettingsError: Another scheme, or a part is missing. The address is not repeated: it may hold a password.
    """
    return RedisClients(_client(url, COMMAND_TIMEOUT_S), _client(url, None))


def _pinned(timeout_s: float | None) -> dict[str, Any]:
    return {
        "decode_responses": True,
        "protocol": 2,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "health_check_interval": 0,
    }


def _client(url: str, timeout_s: float | None) -> Redis:
    scheme = url.split("://", 1)[0]
    if scheme in {"redis", "rediss", "unix"}:
        return Redis.from_url(url, retry=Retry(NoBackoff(), 0), retry_on_error=[], **_pinned(timeout_s))
    if scheme == "redis+sentinel":
        return _sentinel(url, timeout_s)
    if scheme == "redis+cluster":
        return _cluster(url, timeout_s)
    raise SettingsError("the Redis URL must begin with redis, rediss, unix, redis+sentinel or redis+cluster")


def _hosts(url: str) -> tuple[list[tuple[str, int]], dict[str, Any], list[str]]:
    """Hosts, login and path of an address with several hosts."""
    parts = urlsplit(url)
    login, _, places = parts.netloc.rpartition("@")
    hosts = []
    for place in filter(None, places.split(",")):
        host, _, port = place.rpartition(":")
        if not host or not port.isdecimal():
            raise SettingsError("every host of the Redis URL needs a port")
        hosts.append((host.strip("[]"), int(port)))
    if not hosts:
        raise SettingsError("the Redis URL names no host")
    user, _, password = login.partition(":")
    options: dict[str, Any] = {"ssl": parse_qs(parts.query).get("tls") == ["1"]}
    if password:
        options |= {"username": unquote(user) or None, "password": unquote(password)}
    return hosts, options, [one for one in parts.path.split("/") if one]


def _sentinel(url: str, timeout_s: float | None) -> Redis:
    hosts, options, path = _hosts(url)
    if not path:
        raise SettingsError("a Sentinel URL ends in the name of the service: redis+sentinel://host:26379/name")
    database = int(path[1]) if len(path) > 1 and path[1].isdecimal() else 0
    asked = {"socket_timeout": COMMAND_TIMEOUT_S, "socket_connect_timeout": CONNECT_TIMEOUT_S, "ssl": options["ssl"]}
    make: Any = Sentinel  # its constructor has no annotations
    sentinel = make(hosts, sentinel_kwargs=asked, **_pinned(timeout_s), **options)
    return cast(Redis, sentinel.master_for(path[0], db=database, retry=Retry(NoBackoff(), 0)))


def _cluster(url: str, timeout_s: float | None) -> Redis:
    hosts, options, _ = _hosts(url)
    nodes = [ClusterNode(host, port) for host, port in hosts]
    pinned = _pinned(timeout_s)
    cluster = RedisCluster(startup_nodes=nodes, retry=Retry(NoBackoff(), 0), **pinned, **options)
    # A cluster's client is no subclass, but has the same commands; keys of one line share a hash tag.
    return cast(Redis, cluster)
