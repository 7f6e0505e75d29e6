"""The domain: what exists, how it is stored, read and walked; and the managed Neo4j."""
