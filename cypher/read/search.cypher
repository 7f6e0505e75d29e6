// Tracks, artists, genres and playlists by words of their names, best first; lists made for one listener are left out.
// params: query, limit, labels, n
// returns: hits, found
// With the hits that the index gave, so that the caller knows whether more could be found behind those left out.
CALL db.index.fulltext.queryNodes('names', $query, {limit: $limit}) YIELD node, score
WITH [label IN labels(node) WHERE label IN $labels][0] AS label, node, score
ORDER BY score DESC, coalesce(node.playCount, 0) DESC, node.id
WITH count(*) AS hits,
     collect(CASE
       WHEN label IS NOT NULL AND coalesce(node.kind, '') <> 'DISCOVER_WEEKLY' THEN [label, node.id, node.name, score]
     END) AS found
RETURN hits, found[..$n] AS found
