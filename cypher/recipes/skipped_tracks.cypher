// Tracks that are skipped most often, among those that enough people met.
// params: least, limit
// returns: track, name, listeners, skipRate
// defaults: least=5, limit=20
MATCH (t:Track)<-[r:PLAYED]-(u:User)
WITH t, count(u) AS listeners, sum(coalesce(r.skips, 0)) AS skips, sum(coalesce(r.count, 0)) AS plays
WHERE listeners >= $least AND skips > 0
WITH t, listeners, 1.0 * skips / (skips + plays) AS skipRate
RETURN t.id AS track, t.name AS name, listeners, round(skipRate, 3) AS skipRate
ORDER BY skipRate DESC, track LIMIT $limit
