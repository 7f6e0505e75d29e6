// An artist's tracks, the most played first, going on after a place in that order.
// params: id, afterPlays, afterId, n
// returns: id, name, plays
MATCH (:Artist {id: $id})<-[:PERFORMED_BY]-(t:Track)
WITH DISTINCT t, coalesce(t.playCount, 0) AS plays
WHERE $afterId IS NULL OR plays < $afterPlays OR (plays = $afterPlays AND t.id > $afterId)
RETURN t.id AS id, t.name AS name, plays
ORDER BY plays DESC, id
LIMIT $n
