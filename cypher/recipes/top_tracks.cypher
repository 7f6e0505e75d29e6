// The tracks with most listeners.
// params: limit
// returns: track, name, listeners, plays
// defaults: limit=20
MATCH (t:Track) WHERE t.listenerCount > 0
RETURN t.id AS track, t.name AS name, t.listenerCount AS listeners, t.playCount AS plays
ORDER BY listeners DESC, track LIMIT $limit
