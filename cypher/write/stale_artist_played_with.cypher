// Remove the PLAYED_WITH edges between artists that another model made.
// params: model
// returns: none
MATCH (:Artist)-[r:PLAYED_WITH]->(:Artist)
WHERE r.model <> $model
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
