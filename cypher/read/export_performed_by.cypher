// For training: who performs which track, one row per track, its lists in step; absent numbers are -1 or NaN.
// params: none
// returns: source, target, position, role
MATCH (s:Track)
CALL (s) {
  MATCH (s)-[r:PERFORMED_BY]->(t:Artist)
  RETURN collect(t.id) AS target,
         collect(coalesce(r.position, -1)) AS position,
         collect(coalesce(r.role, '')) AS role
}
WITH s, target, position, role
WHERE size(target) > 0
RETURN s.id AS source, target, position, role
