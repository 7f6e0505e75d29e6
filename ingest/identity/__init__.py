"""Which things of different sources are one."""
