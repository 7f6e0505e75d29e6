"""Sources in, graph out: importers, audio analysis, events."""
