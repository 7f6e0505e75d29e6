// What kind of node each id is, and how long a track is; no label where nothing has the id.
// params: ids
// returns: id, label, durationMs
UNWIND $ids AS id
OPTIONAL MATCH (u:User {id: id})
OPTIONAL MATCH (t:Track {id: id})
OPTIONAL MATCH (a:Artist {id: id})
OPTIONAL MATCH (g:Genre {id: id})
OPTIONAL MATCH (p:Playlist {id: id})
RETURN id, head(labels(coalesce(u, t, a, g, p))) AS label, t.durationMs AS durationMs
