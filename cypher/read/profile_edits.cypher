// What a listener edited in their taste profile, the first edit first, also what they took back.
// params: user
// returns: edit, about
MATCH (:User {id: $user})-[:EDITED]->(e:ProfileEdit)
WITH e
ORDER BY e.number, e.id
RETURN properties(e) AS edit, COLLECT { MATCH (e)-[:ABOUT]->(x) RETURN x.id } AS about
