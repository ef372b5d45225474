"""The only code that opens sockets to the outside: one address policy, two guarded clients."""
