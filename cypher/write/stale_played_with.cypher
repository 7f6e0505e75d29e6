// Remove the PLAYED_WITH edges that another model made.
// params: model
// returns: none
MATCH (:Track)-[r:PLAYED_WITH]->(:Track)
WHERE r.model <> $model
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
