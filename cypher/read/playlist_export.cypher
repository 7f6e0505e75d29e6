// Which playlists have this id, or are known by it at a source; the one whose id it is comes first.
// params: id
// returns: id, name, description, createdAt, sourceIds
MATCH (p:Playlist)
WHERE p.id = $id OR $id IN p.sourceIds
RETURN p.id AS id, p.name AS name, p.description AS description, p.createdAt AS createdAt,
       coalesce(p.sourceIds, []) AS sourceIds
ORDER BY p.id <> $id, id
LIMIT 3
