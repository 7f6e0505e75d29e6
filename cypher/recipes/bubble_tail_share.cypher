// Filter bubble: how much of what listeners heard few others know, by how much they have heard.
// params: tail, least
// returns: tracksFrom, listeners, tailShare
// defaults: tail=20, least=5
MATCH (u:User)-[r:PLAYED]->(t:Track) WHERE r.count > 0
WITH u, count(r) AS total, count(CASE WHEN t.listenerCount <= $tail THEN 1 END) AS rare
WITH toInteger(floor(log(total) / log(2))) AS step, count(u) AS listeners, avg(1.0 * rare / total) AS tailShare
WHERE listeners >= $least
RETURN toInteger(2 ^ step) AS tracksFrom, listeners, round(tailShare, 3) AS tailShare ORDER BY tracksFrom
