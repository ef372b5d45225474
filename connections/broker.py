"""The broker, where it is used from many places."""

from kombu.exceptions import KombuError
from redis.exceptions import RedisError

# What a broker that is away, full or hanging raises through kombu, redis and amqp.
FAULTS = (KombuError, RedisError, OSError)
