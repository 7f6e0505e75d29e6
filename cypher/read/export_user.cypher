// All users with the properties that importers write, for training.
// params: none
// returns: id, name, createdAt, country, timeZone, allowExplicit
MATCH (n:User)
RETURN n.id AS id,
       n.name AS name,
       n.createdAt AS createdAt,
       n.country AS country,
       n.timeZone AS timeZone,
       n.allowExplicit AS allowExplicit
