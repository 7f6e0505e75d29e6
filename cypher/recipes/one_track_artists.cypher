// Artists whose audience mostly plays a single track of several.
// params: least, limit
// returns: artist, name, listeners, share
// defaults: least=20, limit=20
MATCH (a:Artist)<-[:PERFORMED_BY]-(t:Track) WHERE a.listenerCount >= $least AND a.trackCount > 1
WITH a, max(t.listenerCount) AS most
RETURN a.id AS artist, a.name AS name, a.listenerCount AS listeners, round(1.0 * most / a.listenerCount, 3) AS share
ORDER BY share DESC, listeners DESC, artist LIMIT $limit
