// For training: which artists users listen to, one row per user, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, count
MATCH (s:User)
CALL (s) {
  MATCH (s)-[r:LISTENS_TO]->(t:Artist)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.count, -1)) AS count
}
WITH s, target, count
WHERE size(target) > 0
RETURN s.id AS source, target, count
