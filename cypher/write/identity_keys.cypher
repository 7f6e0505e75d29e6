// Writes by which key tracks or artists are found when identities are resolved.
// params: label, id, key
// returns: none
UNWIND range(0, size($id) - 1) AS i
MATCH (n:Track|Artist {id: $id[i]})
WHERE $label IN labels(n)
SET n.matchKey = $key[i]
