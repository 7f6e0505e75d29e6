// The node that a record of a source went into, all records of that node, and why each is there.
// params: record
// returns: label, survivor, survivorName, record, name, reason, evidence, at
MATCH (n)<-[:RECORD_OF]-(wanted:Identity)
WHERE wanted.id IN [label IN ['Track', 'Artist', 'Genre'] | label + '|' + $record]
MATCH (n)<-[:RECORD_OF]-(r:Identity)
RETURN r.label AS label, n.id AS survivor, n.name AS survivorName, r.record AS record, r.name AS name,
       r.reason AS reason, coalesce(r.evidence, []) AS evidence, r.at AS at
ORDER BY label, survivor, r.reason IS NOT NULL, record
