// The artists whose names have these keys.
// params: keys
// returns: id, name, aliases, sourceIds, records
UNWIND $keys AS wanted
MATCH (a:Artist {matchKey: wanted})
RETURN a.id AS id, a.name AS name, coalesce(a.aliases, []) AS aliases, coalesce(a.sourceIds, []) AS sourceIds,
       COLLECT { MATCH (a)<-[:RECORD_OF]-(r:Identity) RETURN r.record } AS records
