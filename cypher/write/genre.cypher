// Writes genres, column by column; what a source does not know keeps its value, and aliases add up.
// params: id, name, sourceIds, slug, aliases, x, y, level
// returns: written
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Genre {id: $id[i]})
SET n.name = coalesce($name[i], n.name),
    n.sourceIds = CASE WHEN $sourceIds[i] IS NULL THEN n.sourceIds
      ELSE coalesce(n.sourceIds, []) + [id IN $sourceIds[i] WHERE NOT id IN coalesce(n.sourceIds, [])] END,
    n.slug = coalesce($slug[i], n.slug),
    n.aliases = CASE WHEN $aliases[i] IS NULL THEN n.aliases
      ELSE coalesce(n.aliases, []) + [alias IN $aliases[i] WHERE NOT alias IN coalesce(n.aliases, [])] END,
    n.x = coalesce($x[i], n.x),
    n.y = coalesce($y[i], n.y),
    n.level = coalesce($level[i], n.level)
RETURN count(n) AS written
