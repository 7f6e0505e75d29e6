// The stored Discover Weekly of a listener and week, by its playlist's id.
// params: id
// returns: answer
MATCH (p:Playlist {id: $id})
WHERE p.kind = 'DISCOVER_WEEKLY'
RETURN p.answer AS answer
