// Writes what was measured of tracks that exist, replacing what was there; names those that it found.
// params: id, features
// returns: id
UNWIND range(0, size($id) - 1) AS i
MATCH (n:Track {id: $id[i]})
SET n += $features[i]
RETURN n.id AS id
