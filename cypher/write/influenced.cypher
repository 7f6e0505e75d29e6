// Writes which genre influenced which, kinds and origins adding up; returns the positions with both ends.
// params: source, target, kind, origin, from, to
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Genre {id: $source[i]})
MATCH (t:Genre {id: $target[i]})
MERGE (s)-[r:INFLUENCED]->(t)
SET r.kind = CASE
      WHEN $kind[i] IS NULL THEN r.kind
      WHEN r.kind IS NULL THEN $kind[i]
      ELSE reduce(all = r.kind, one IN [word IN split($kind[i], ', ') WHERE NOT word IN split(r.kind, ', ')] |
        all + ', ' + one) END,
    r.origin = CASE
      WHEN $origin[i] IS NULL THEN r.origin
      WHEN r.origin IS NULL THEN $origin[i]
      ELSE reduce(all = r.origin, one IN [word IN split($origin[i], ', ') WHERE NOT word IN split(r.origin, ', ')] |
        all + ', ' + one) END,
    r.from = coalesce($from[i], r.from),
    r.to = coalesce($to[i], r.to)
RETURN collect(i) AS written
