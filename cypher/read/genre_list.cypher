// All genres with tracks or children, those with most tracks first, going on after a place in that order.
// params: afterTracks, afterId, n
// returns: id, name, slug, trackCount
MATCH (g:Genre)
WITH g, coalesce(g.trackCount, 0) AS tracks
WHERE $afterId IS NULL OR tracks < $afterTracks OR (tracks = $afterTracks AND g.id > $afterId)
RETURN g.id AS id, g.name AS name, g.slug AS slug, tracks AS trackCount
ORDER BY trackCount DESC, id
LIMIT $n
