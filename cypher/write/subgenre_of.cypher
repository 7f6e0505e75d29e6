// Writes which genre is part of which, origins of several sources adding up; returns the positions with both ends.
// params: source, target, origin
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:Genre {id: $source[i]})
MATCH (t:Genre {id: $target[i]})
MERGE (s)-[r:SUBGENRE_OF]->(t)
SET r.origin = CASE
  WHEN $origin[i] IS NULL THEN r.origin
  WHEN r.origin IS NULL THEN $origin[i]
  ELSE reduce(all = r.origin, one IN [word IN split($origin[i], ', ') WHERE NOT word IN split(r.origin, ', ')] |
    all + ', ' + one) END
RETURN collect(i) AS written
