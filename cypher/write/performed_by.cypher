// Writes who performs which track; returns the positions of the pairs that have both ends.
// params: source, target, position, role
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Track {id: $source[i]})
MATCH (t:Artist {id: $target[i]})
MERGE (s)-[r:PERFORMED_BY]->(t)
SET r.position = coalesce($position[i], r.position), r.role = coalesce($role[i], r.role)
RETURN collect(i) AS written
