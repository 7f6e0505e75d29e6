// Finds the tracks that may be one recording or versions of one work, by the key of their titles.
// params: none
// returns: none
CREATE INDEX track_match_key IF NOT EXISTS FOR (n:Track) ON (n.matchKey)
