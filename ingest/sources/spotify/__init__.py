"""Spotify: what a person gets of their own data; each kind of file in one module, the source in ``source``."""
