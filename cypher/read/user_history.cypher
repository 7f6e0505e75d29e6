// The tracks that a user played, the last played first, going on after a place in that order.
// params: id, afterAt, afterId, n
// returns: id, name, count, skips, firstAt, lastAt
MATCH (:User {id: $id})-[r:PLAYED]->(t:Track)
WHERE $afterId IS NULL OR r.lastAt < $afterAt OR (r.lastAt = $afterAt AND t.id > $afterId)
RETURN t.id AS id, t.name AS name, r.count AS count, coalesce(r.skips, 0) AS skips, r.firstAt AS firstAt,
       r.lastAt AS lastAt
ORDER BY lastAt DESC, id
LIMIT $n
