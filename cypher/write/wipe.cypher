// Removes every node and relationship, in batches; constraints, indexes and the record of both stay. Auto-commit only.
// params: none
// returns: none
MATCH (n) WHERE NOT n:SchemaVersion
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS
