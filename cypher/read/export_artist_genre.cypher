// For training: the genres of artists, one row per artist, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, weight
MATCH (s:Artist)
CALL (s) {
  MATCH (s)-[r:IN_GENRE]->(t:Genre)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.weight, 0.0 / 0.0)) AS weight
}
WITH s, target, weight
WHERE size(target) > 0
RETURN s.id AS source, target, weight
