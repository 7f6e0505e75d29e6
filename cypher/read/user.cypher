// Users by their ids; ids that nothing has are left out.
// params: ids
// returns: id, name, createdAt, country, timeZone, allowExplicit
UNWIND $ids AS wanted
MATCH (u:User {id: wanted})
RETURN u.id AS id, u.name AS name, u.createdAt AS createdAt, u.country AS country, u.timeZone AS timeZone,
       u.allowExplicit AS allowExplicit
