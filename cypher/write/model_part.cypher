// Remember that a part of a model version is in the graph as a whole.
// params: id, part, at
// returns: none
MATCH (m:ModelVersion {id: $id})
SET m.parts = CASE WHEN $part IN coalesce(m.parts, []) THEN m.parts ELSE coalesce(m.parts, []) + $part END,
    m.materialisedAt = $at
