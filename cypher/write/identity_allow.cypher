// Takes back that two records are not one.
// params: id
// returns: none
MATCH (n:NotSame:Identity {id: $id})
DELETE n
