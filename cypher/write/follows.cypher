// Writes who follows whom; returns the positions of the pairs that have both ends.
// params: source, target, since
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User {id: $source[i]})
MATCH (t:User {id: $target[i]})
MERGE (s)-[r:FOLLOWS]->(t)
SET r.since = coalesce($since[i], r.since)
RETURN collect(i) AS written
