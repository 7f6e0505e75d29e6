// Which identifiers the nodes of a label carry: one pass over all of them.
// params: label
// returns: id, sourceIds, isrc, records
MATCH (n:Track|Artist|Genre)
WHERE $label IN labels(n) AND (n.sourceIds IS NOT NULL OR n.isrc IS NOT NULL)
RETURN n.id AS id, coalesce(n.sourceIds, []) AS sourceIds, n.isrc AS isrc,
       COLLECT { MATCH (n)<-[:RECORD_OF]-(r:Identity) RETURN r.record } AS records
