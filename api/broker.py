"""The broker, where it is used from many places."""

from typing import Any

from amqp.exceptions import AMQPError
from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

# What a broker that is away, full or hanging raises through kombu, redis and amqp.
FAULTS = (KombuError, RedisError, OSError)


def waiting(queue: str) -> int:
    """Return how many messages wait in a queue; 0 where the broker cannot tell."""
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            channel: Any = producer.channel
            return int(channel.queue_declare(queue, passive=True).message_count)
    except (*FAULTS, AMQPError):
        return 0
