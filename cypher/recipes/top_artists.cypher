// The artists with most listeners.
// params: limit
// returns: artist, name, listeners, tracks
// defaults: limit=20
MATCH (a:Artist) WHERE a.listenerCount > 0
RETURN a.id AS artist, a.name AS name, a.listenerCount AS listeners, a.trackCount AS tracks
ORDER BY listeners DESC, artist LIMIT $limit
