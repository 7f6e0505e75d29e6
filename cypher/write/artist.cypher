// Writes artists, column by column; what a source does not know keeps its value.
// params: id, name, sourceIds, country
// returns: written
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Artist {id: $id[i]})
SET n.name = coalesce($name[i], n.name),
    n.sourceIds = CASE WHEN $sourceIds[i] IS NULL THEN n.sourceIds
      ELSE coalesce(n.sourceIds, []) + [id IN $sourceIds[i] WHERE NOT id IN coalesce(n.sourceIds, [])] END,
    n.country = coalesce($country[i], n.country)
RETURN count(n) AS written
