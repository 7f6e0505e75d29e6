// The tracks of a playlist in its order, going on after a place in it.
// params: id, afterPosition, afterId, n
// returns: id, name, position
MATCH (:Playlist {id: $id})-[c:CONTAINS]->(t:Track)
WITH t, coalesce(c.position, 0) AS position
WHERE $afterId IS NULL OR position > $afterPosition OR (position = $afterPosition AND t.id > $afterId)
RETURN t.id AS id, t.name AS name, position
ORDER BY position, id
LIMIT $n
