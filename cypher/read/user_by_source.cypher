// Which users a source knows by this id; one row is an answer, two say that it is ambiguous.
// params: sourceId
// returns: id
MATCH (u:User)
WHERE $sourceId IN u.sourceIds
RETURN u.id AS id
ORDER BY id
LIMIT 2
