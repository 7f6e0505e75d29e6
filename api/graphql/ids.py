"""Global ids: opaque to clients, a label and the graph's id to us; arguments also accept the graph's id as it is."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

LABELS = ("User", "Track", "Artist", "Genre", "Playlist")
"""The labels of nodes that have a page of their own."""


def global_id(label: str, id: str) -> str:
    """The opaque id of a node: base64 of its label, a colon and the graph's id."""
    return b64encode(f"{label}:{id}".encode()).decode()


def parsed(id: str) -> tuple[str, str] | None:
    """Label and graph's id of a global id; None for anything else."""
    try:
        label, colon, plain = b64decode(id, validate=True).decode().partition(":")
    except (Base64Error, ValueError):
        return None
    return (label, plain) if colon and plain and label in LABELS else None


def plain_id(id: str) -> str:
    """The graph's id, whichever of the two a client sent."""
    found = parsed(id)
    return id if found is None else found[1]
