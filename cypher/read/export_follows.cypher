// For training: who follows whom, one row per user, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, since
MATCH (s:User)
CALL (s) {
  MATCH (s)-[r:FOLLOWS]->(t:User)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.since, -1)) AS since
}
WITH s, target, since
WHERE size(target) > 0
RETURN s.id AS source, target, since
