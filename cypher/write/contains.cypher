// Writes the tracks of playlists; returns the positions of the pairs that have both ends.
// params: source, target, position, addedAt
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Playlist {id: $source[i]})
MATCH (t:Track {id: $target[i]})
MERGE (s)-[r:CONTAINS]->(t)
SET r.position = coalesce($position[i], r.position),
    r.addedAt = coalesce($addedAt[i], r.addedAt)
RETURN collect(i) AS written
