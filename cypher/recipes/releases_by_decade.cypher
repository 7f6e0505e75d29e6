// How many tracks each decade has, and how much they are played.
// params: none
// returns: decade, tracks, plays
MATCH (t:Track) WHERE t.releaseDate IS NOT NULL
WITH left(t.releaseDate, 3) + '0s' AS decade, count(t) AS tracks, sum(coalesce(t.playCount, 0)) AS plays
RETURN decade, tracks, plays ORDER BY decade
