// All genres with the properties that importers write, for training.
// params: none
// returns: id, name, slug, x, y, level
MATCH (n:Genre)
RETURN n.id AS id,
       n.name AS name,
       n.slug AS slug,
       n.x AS x,
       n.y AS y,
       n.level AS level
