// What was merged into what, newest first.
// params: n
// returns: label, absorbed, absorbedName, survivor, survivorName, reason, evidence, at
MATCH (m:Merge)-[:RECORD_OF]->(n)
RETURN m.label AS label, m.record AS absorbed, m.name AS absorbedName, n.id AS survivor, n.name AS survivorName,
       m.reason AS reason, m.evidence AS evidence, m.at AS at
ORDER BY at DESC, label, absorbed
LIMIT $n
