// Playlists by their ids; ids that nothing has are left out.
// params: ids
// returns: id, name, kind, description, createdAt, trackCount
UNWIND $ids AS wanted
MATCH (p:Playlist {id: wanted})
WITH p.id AS id, p.name AS name, p.kind AS kind, p.description AS description, p.createdAt AS createdAt,
       COUNT { (p)-[:CONTAINS]->(:Track) } AS trackCount
RETURN id, name, kind, description, createdAt, trackCount
