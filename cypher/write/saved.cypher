// Writes the tracks that users saved, but none that the user took back since; returns the positions with both ends.
// params: source, target, at
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User {id: $source[i]})
MATCH (t:Track {id: $target[i]})
OPTIONAL MATCH (s)-[p:PLAYED]->(t)
CALL (i, s, t, p) {
  WITH i, s, t, p
  WHERE p.unsavedAt IS NULL OR p.unsavedAt < $at[i]
  MERGE (s)-[r:SAVED]->(t)
  SET r.at = CASE WHEN r.at > $at[i] THEN r.at ELSE coalesce($at[i], r.at) END
}
RETURN collect(i) AS written
