// Writes who owns which playlist; returns the positions of the pairs that have both ends.
// params: source, target
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User {id: $source[i]})
MATCH (t:Playlist {id: $target[i]})
MERGE (s)-[r:OWNS]->(t)
RETURN collect(i) AS written
