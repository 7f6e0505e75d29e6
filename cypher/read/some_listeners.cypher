// Some users who have played anything, always the same.
// params: n
// returns: id
MATCH (u:User)
WHERE EXISTS { (u)-[:PLAYED]->(:Track) }
RETURN u.id AS id
ORDER BY id
LIMIT $n
