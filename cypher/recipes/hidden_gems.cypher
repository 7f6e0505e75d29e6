// Tracks that few know and those few play again and again.
// params: least, most, limit
// returns: track, name, listeners, playsPerListener
// defaults: least=5, most=20, limit=20
MATCH (t:Track) WHERE t.listenerCount >= $least AND t.listenerCount <= $most
WITH t, 1.0 * t.playCount / t.listenerCount AS playsPerListener
RETURN t.id AS track, t.name AS name, t.listenerCount AS listeners, round(playsPerListener, 2) AS playsPerListener
ORDER BY playsPerListener DESC, track LIMIT $limit
