// What every record of these nodes says of itself, as JSON.
// params: label, ids
// returns: survivor, record, said
UNWIND $ids AS wanted
MATCH (n:Track|Artist|Genre {id: wanted})
WHERE $label IN labels(n)
MATCH (n)<-[:RECORD_OF]-(r:Identity)
RETURN n.id AS survivor, r.record AS record, r.said AS said
ORDER BY survivor, record
