// Which of these ids a label has already.
// params: label, ids
// returns: id
UNWIND $ids AS wanted
MATCH (n:Track|Artist|Genre {id: wanted})
WHERE $label IN labels(n)
RETURN n.id AS id
