// For training: which genre is part of which, one row per genre, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, origin
MATCH (s:Genre)
CALL (s) {
  MATCH (s)-[r:SUBGENRE_OF]->(t:Genre)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.origin, '')) AS origin
}
WITH s, target, origin
WHERE size(target) > 0
RETURN s.id AS source, target, origin
