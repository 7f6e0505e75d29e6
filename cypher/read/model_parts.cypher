// Which parts of a model version are in the graph as a whole.
// params: id
// returns: parts
MATCH (m:ModelVersion {id: $id})
RETURN coalesce(m.parts, []) AS parts
