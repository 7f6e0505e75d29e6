// Which genre an id, a slug or a name in any case means; an id wins over a slug, a slug over a name.
// params: wanted
// returns: id
MATCH (g:Genre)
WHERE g.id = $wanted OR g.slug = toLower($wanted) OR toLower(g.name) = toLower($wanted)
RETURN g.id AS id
ORDER BY g.id = $wanted DESC, g.slug = toLower($wanted) DESC, id
LIMIT 1
