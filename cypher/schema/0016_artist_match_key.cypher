// Finds the artists that may be one, by the key of their names.
// params: none
// returns: none
CREATE INDEX artist_match_key IF NOT EXISTS FOR (n:Artist) ON (n.matchKey)
