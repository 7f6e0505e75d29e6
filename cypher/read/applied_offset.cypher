// How far the event logs have been moved into the graph.
// params: none
// returns: log, positions, isRebuilding
MATCH (o:AppliedOffset)
RETURN o.id AS log, o.positions AS positions, coalesce(o.isRebuilding, false) AS isRebuilding
