// For training: the tracks of playlists, one row per playlist, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, position, addedAt
MATCH (s:Playlist)
WHERE coalesce(s.kind, '') <> 'DISCOVER_WEEKLY' // a listener's own list is no evidence for others
CALL (s) {
  MATCH (s)-[r:CONTAINS]->(t:Track)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.position, -1)) AS position,
         collect(coalesce(r.addedAt, -1)) AS addedAt
}
WITH s, target, position, addedAt
WHERE size(target) > 0
RETURN s.id AS source, target, position, addedAt
