// The listeners whose last word on personalisation is that they want none.
// params: none
// returns: user
MATCH (e:ProfileEdit {kind: 'PERSONALISATION'})
WHERE e.undoneAt IS NULL
MATCH (u:User)-[:EDITED]->(e)
WITH u, e
ORDER BY e.number DESC, e.id
WITH u.id AS user, collect(e.level)[0] AS level
WHERE level = 'OFF'
RETURN user
ORDER BY user
