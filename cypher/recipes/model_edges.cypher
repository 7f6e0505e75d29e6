// The derived edges in the graph and the model that made them.
// params: none
// returns: type, model, edges
MATCH ()-[r:PLAYED_WITH|SOUNDS_LIKE|ADJACENT_TO]->()
RETURN type(r) AS type, r.model AS model, count(r) AS edges ORDER BY type, model
