// Which of these ids a label has already, and what its nodes hold.
// params: label, ids
// returns: id, properties
UNWIND $ids AS wanted
MATCH (n:Track|Artist|Genre {id: wanted})
WHERE $label IN labels(n)
RETURN n.id AS id, properties(n) AS properties
