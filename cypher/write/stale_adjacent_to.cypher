// Remove the ADJACENT_TO edges that another model made and nobody pinned.
// params: model
// returns: none
MATCH (:Genre)-[r:ADJACENT_TO]->(:Genre)
WHERE r.model <> $model AND NOT coalesce(r.pinned, false)
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
