// Finds a genre by the short name used in addresses.
// params: none
// returns: none
CREATE INDEX genre_slug IF NOT EXISTS FOR (n:Genre) ON (n.slug)
