"""Counts that all processes share, in a Redis; only with the extra `redis`."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from service.core.counts import MINUTE_SECONDS, StorageAwayError

# A Redis is near. A request does not wait for one that says nothing.
TIMEOUT_SECONDS = 0.5


class RedisStorage:
    """Where it is counted by the minute, which a key lives for."""

    def __init__(self, address: str) -> None:
        """Take its address; nothing is sent yet. Raise ValueError where it is none."""
        self.redis = Redis.from_url(
            address.removeprefix("redis+"),
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            # Once more, for a connection that has ended while nobody used it.
            retry=Retry(NoBackoff(), 1),
        )

    def count(self, key: str) -> tuple[int, int]:
        """Count one more, as every storage does."""
        try:
            with self.redis.pipeline(transaction=True) as together:
                together.set(key, 0, ex=MINUTE_SECONDS, nx=True)
                together.incr(key)
                together.ttl(key)
                _, count, seconds = together.execute()
            if seconds > MINUTE_SECONDS:
                # The clock of the Redis was set back. A minute is a minute all the same.
                self.redis.delete(key)
        except RedisError as error:
            raise StorageAwayError from error
        return count, min(max(1, seconds), MINUTE_SECONDS)

    def answers(self) -> bool:
        """Return whether it is there."""
        try:
            return bool(self.redis.ping())
        except RedisError:
            return False
