// Writes what all records of a node say of it together.
// params: label, id, properties
// returns: none
UNWIND range(0, size($id) - 1) AS i
MATCH (n:Track|Artist|Genre {id: $id[i]})
WHERE $label IN labels(n)
SET n += $properties[i]
