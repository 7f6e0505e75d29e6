// Everybody may move events of this log into the graph again.
// params: log
// returns: log
MATCH (o:AppliedOffset {id: $log})
REMOVE o.isRebuilding
RETURN o.id AS log
