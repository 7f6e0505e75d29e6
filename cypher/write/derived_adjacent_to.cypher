// Write ADJACENT_TO edges between genres, each piece of evidence apart; what a curator pinned keeps its strength.
// params: source, target, model, strength, coListen, sharedArtists, taxonomy, sampleSize
// returns: none
UNWIND range(0, size($source) - 1) AS i
MATCH (a:Genre {id: $source[i]})
MATCH (b:Genre {id: $target[i]})
MERGE (a)-[r:ADJACENT_TO]->(b)
SET r.strength = CASE WHEN coalesce(r.pinned, false) THEN r.strength ELSE $strength[i] END,
    r.coListen = $coListen[i], r.sharedArtists = $sharedArtists[i], r.taxonomy = $taxonomy[i],
    r.sampleSize = $sampleSize[i], r.model = $model
