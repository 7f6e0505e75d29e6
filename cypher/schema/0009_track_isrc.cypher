// Finds the tracks of one recording, when identities are resolved.
// params: none
// returns: none
CREATE INDEX track_isrc IF NOT EXISTS FOR (n:Track) ON (n.isrc)
