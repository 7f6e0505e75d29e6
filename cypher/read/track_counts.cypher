// How many tracks there are, and links that say what they are: whether a model should look for new ones.
// params: none
// returns: tracks, credits, genres
CALL () { MATCH (t:Track) RETURN count(t) AS tracks }
CALL () { MATCH (:Track)-[p:PERFORMED_BY]->() RETURN count(p) AS credits }
CALL () { MATCH (:Track)-[g:IN_GENRE]->() RETURN count(g) AS genres }
RETURN tracks, credits, genres
