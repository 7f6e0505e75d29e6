// All playlists with the properties that importers write, for training.
// params: none
// returns: id, name, kind, description, createdAt
MATCH (n:Playlist)
WHERE coalesce(n.kind, '') <> 'DISCOVER_WEEKLY' // a listener's own list is no evidence for others
RETURN n.id AS id,
       n.name AS name,
       n.kind AS kind,
       n.description AS description,
       n.createdAt AS createdAt
