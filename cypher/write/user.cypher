// Writes users, column by column; what a source does not know keeps its value.
// params: id, name, sourceIds, createdAt, country, timeZone, allowExplicit
// returns: written
UNWIND range(0, size($id) - 1) AS i
MERGE (n:User {id: $id[i]})
SET n.name = coalesce($name[i], n.name),
    n.sourceIds = CASE WHEN $sourceIds[i] IS NULL THEN n.sourceIds
      ELSE coalesce(n.sourceIds, []) + [id IN $sourceIds[i] WHERE NOT id IN coalesce(n.sourceIds, [])] END,
    n.createdAt = coalesce($createdAt[i], n.createdAt),
    n.country = coalesce($country[i], n.country),
    n.timeZone = coalesce($timeZone[i], n.timeZone),
    n.allowExplicit = coalesce($allowExplicit[i], n.allowExplicit)
RETURN count(n) AS written
