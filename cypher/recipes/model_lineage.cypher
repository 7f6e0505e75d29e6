// Which model grew out of which, the newest first, and what each reached.
// params: none
// returns: version, parent, live, createdAt, metrics
MATCH (m:ModelVersion)
OPTIONAL MATCH (m)-[:TRAINED_AFTER]->(p:ModelVersion)
RETURN m.id AS version, p.id AS parent, m.live AS live, m.createdAt AS createdAt, m.metrics AS metrics
ORDER BY version DESC
