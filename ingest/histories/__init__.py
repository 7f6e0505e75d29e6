"""Histories of listening: what the sources of ``ingest.sources`` that bring single plays share."""
