// All artists with what they are called, for a scan of the whole graph.
// params: none
// returns: id, name, aliases, sourceIds, records
MATCH (a:Artist)
RETURN a.id AS id, a.name AS name, coalesce(a.aliases, []) AS aliases, coalesce(a.sourceIds, []) AS sourceIds,
       COLLECT { MATCH (a)<-[:RECORD_OF]-(r:Identity) RETURN r.record } AS records
