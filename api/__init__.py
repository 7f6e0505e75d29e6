"""Recommendations out: GraphQL, the command line, settings, wiring."""
