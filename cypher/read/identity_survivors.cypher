// Which node stands for each of these records of sources; records that stand for themselves alone are left out.
// params: ids
// returns: record, survivor
UNWIND $ids AS wanted
MATCH (r:Identity {id: wanted})-[:RECORD_OF]->(n)
RETURN r.record AS record, n.id AS survivor
