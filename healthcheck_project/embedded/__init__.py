"""The PostgreSQL and the Redis that a checkout brings along, as plain child processes."""
