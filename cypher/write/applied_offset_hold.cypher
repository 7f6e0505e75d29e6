// Where a log stands in the graph, held until the transaction ends: two consumers of one log wait for each other here.
// params: log
// returns: positions, isRebuilding
MERGE (o:AppliedOffset {id: $log})
SET o.positions = coalesce(o.positions, [])
RETURN o.positions AS positions, coalesce(o.isRebuilding, false) AS isRebuilding
