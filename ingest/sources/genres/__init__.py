"""Genre vocabularies and trees: one reader each, and how what they say becomes one taxonomy."""
