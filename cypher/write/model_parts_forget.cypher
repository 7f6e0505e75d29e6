// Forget which parts of other versions are in the graph: those of this one take their place.
// params: id
// returns: none
MATCH (m:ModelVersion)
WHERE m.id <> $id AND m.parts IS NOT NULL
REMOVE m.parts, m.materialisedAt
