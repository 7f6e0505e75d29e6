// Writes which genre is part of which; returns the positions of the pairs that have both ends.
// params: source, target, origin
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Genre {id: $source[i]})
MATCH (t:Genre {id: $target[i]})
MERGE (s)-[r:SUBGENRE_OF]->(t)
SET r.origin = coalesce($origin[i], r.origin)
RETURN collect(i) AS written
