// All genres with the properties that importers write, for training.
// params: none
// returns: id, name, slug
MATCH (n:Genre)
RETURN n.id AS id,
       n.name AS name,
       n.slug AS slug
