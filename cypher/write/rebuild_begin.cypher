// From now on nobody but the rebuild moves events of this log into the graph, and it begins at the first.
// params: log
// returns: log
MERGE (o:AppliedOffset {id: $log})
SET o.isRebuilding = true, o.positions = []
RETURN o.id AS log
