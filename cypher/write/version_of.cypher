// Writes which track is a version of which; returns the positions of the pairs that have both ends.
// params: source, target
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Track {id: $source[i]})
MATCH (t:Track {id: $target[i]})
MERGE (s)-[r:VERSION_OF]->(t)
RETURN collect(i) AS written
