"""The log of behaviour: what listeners did, kept as it came, so that every sum in the graph can be made again."""
