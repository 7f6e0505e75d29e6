// All artists with the properties that importers write, for training.
// params: none
// returns: id, name, country
MATCH (n:Artist)
RETURN n.id AS id,
       n.name AS name,
       n.country AS country
