// Writes playlists, column by column; what a source does not know keeps its value.
// params: id, name, sourceIds, kind, description, createdAt
// returns: written
UNWIND range(0, size($id) - 1) AS i
MERGE (n:Playlist {id: $id[i]})
SET n.name = coalesce($name[i], n.name),
    n.sourceIds = CASE WHEN $sourceIds[i] IS NULL THEN n.sourceIds
      ELSE coalesce(n.sourceIds, []) + [id IN $sourceIds[i] WHERE NOT id IN coalesce(n.sourceIds, [])] END,
    n.kind = coalesce($kind[i], n.kind),
    n.description = coalesce($description[i], n.description),
    n.createdAt = coalesce($createdAt[i], n.createdAt)
RETURN count(n) AS written
