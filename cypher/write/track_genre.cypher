// Writes the genres of tracks; returns the positions of the pairs that have both ends.
// params: source, target, weight
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Track {id: $source[i]})
MATCH (t:Genre {id: $target[i]})
MERGE (s)-[r:IN_GENRE]->(t)
SET r.weight = coalesce($weight[i], r.weight)
RETURN collect(i) AS written
