// Writes genres, column by column; what a source does not know keeps its value.
// params: id, name, sourceIds, slug
// returns: written
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Genre {id: $id[i]})
SET n.name = coalesce($name[i], n.name),
    n.sourceIds = CASE WHEN $sourceIds[i] IS NULL THEN n.sourceIds
      ELSE coalesce(n.sourceIds, []) + [id IN $sourceIds[i] WHERE NOT id IN coalesce(n.sourceIds, [])] END,
    n.slug = coalesce($slug[i], n.slug)
RETURN count(n) AS written
