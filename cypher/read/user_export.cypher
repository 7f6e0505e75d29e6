// A user with all properties; no row where nobody has the id.
// params: id
// returns: id, properties
MATCH (u:User {id: $id})
RETURN u.id AS id, properties(u) AS properties
