// For training: the tracks that users saved, one row per user, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, at
MATCH (s:User)
CALL (s) {
  MATCH (s)-[r:SAVED]->(t:Track)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.at, -1)) AS at
}
WITH s, target, at
WHERE size(target) > 0
RETURN s.id AS source, target, at
