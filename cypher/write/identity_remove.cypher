// Removes a node whose records all stand for another now.
// params: label, id
// returns: none
MATCH (n:Track|Artist|Genre {id: $id})
WHERE $label IN labels(n)
DETACH DELETE n
