// For training: which track is a version of which, one row per track, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target
MATCH (s:Track)
CALL (s) {
  MATCH (s)-[r:VERSION_OF]->(t:Track)
  RETURN collect(t.id) AS target
}
WITH s, target
WHERE size(target) > 0
RETURN s.id AS source, target
