// Tracks, artists, genres and playlists by words of their names, best first.
// params: query, limit, labels, n
// returns: label, id, name, score
CALL db.index.fulltext.queryNodes('names', $query, {limit: $limit}) YIELD node, score
WITH [label IN labels(node) WHERE label IN $labels][0] AS label, node, score
WHERE label IS NOT NULL
RETURN label, node.id AS id, node.name AS name, score
ORDER BY score DESC, coalesce(node.playCount, 0) DESC, id
LIMIT $n
