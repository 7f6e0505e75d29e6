// Which records somebody has said are not one.
// params: none
// returns: label, one, other
MATCH (n:NotSame)
RETURN n.label AS label, n.one AS one, n.other AS other
ORDER BY n.id
