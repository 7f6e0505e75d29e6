// For training: which tracks users played, one row per user, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, count, completed, skips, saves, weight, weightAt, firstAt, lastAt
MATCH (s:User)
CALL (s) {
  MATCH (s)-[r:PLAYED]->(t:Track)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.count, -1)) AS count,
         collect(coalesce(r.completed, 0)) AS completed,
         collect(coalesce(r.skips, 0)) AS skips,
         collect(coalesce(r.saves, 0)) AS saves,
         collect(coalesce(r.weight, 0.0 / 0.0)) AS weight,
         collect(coalesce(r.weightAt, -1)) AS weightAt,
         collect(coalesce(r.firstAt, -1)) AS firstAt,
         collect(coalesce(r.lastAt, -1)) AS lastAt
}
WITH s, target, count, completed, skips, saves, weight, weightAt, firstAt, lastAt
WHERE size(target) > 0
RETURN s.id AS source, target, count, completed, skips, saves, weight, weightAt, firstAt, lastAt
