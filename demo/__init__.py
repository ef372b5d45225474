"""A demo tenant, and the simulated third-party provider that it, tests and benchmarks check."""
