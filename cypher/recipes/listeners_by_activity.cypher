// How many listeners have how many tracks, by powers of two.
// params: least
// returns: tracksFrom, tracksTo, listeners, plays
// defaults: least=5
MATCH (u:User)-[r:PLAYED]->(:Track) WHERE r.count > 0
WITH u, count(r) AS tracks, sum(r.count) AS plays
WITH toInteger(floor(log(tracks) / log(2))) AS step, count(u) AS listeners, sum(plays) AS plays WHERE listeners >= $least
RETURN toInteger(2 ^ step) AS tracksFrom, toInteger(2 ^ (step + 1)) - 1 AS tracksTo, listeners, plays ORDER BY tracksFrom
