// Writes which artists users listen to; returns the positions of the pairs that have both ends.
// params: source, target, count
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User {id: $source[i]})
MATCH (t:Artist {id: $target[i]})
MERGE (s)-[r:LISTENS_TO]->(t)
SET r.count = coalesce($count[i], r.count)
RETURN collect(i) AS written
