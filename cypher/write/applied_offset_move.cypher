// Moves a log's place in the graph, in the transaction that counts its events.
// params: log, positions
// returns: positions
MATCH (o:AppliedOffset {id: $log})
SET o.positions = $positions
RETURN o.positions AS positions
