// Filter bubble: the mean entropy (bits) of listeners' artists, by how much they have heard.
// params: least
// returns: tracksFrom, listeners, entropy, artists
// defaults: least=5
MATCH (u:User)-[r:PLAYED]->(:Track)-[:PERFORMED_BY]->(a:Artist) WHERE r.count > 0
WITH u, a, count(r) AS tracks
WITH u, sum(tracks) AS total, collect(tracks) AS parts
WITH total, size(parts) AS artists,
  reduce(bits = 0.0, x IN parts | bits - (1.0 * x / total) * log(1.0 * x / total) / log(2)) AS entropy
WITH toInteger(floor(log(total) / log(2))) AS step, count(*) AS listeners, avg(entropy) AS entropy, avg(artists) AS artists
WHERE listeners >= $least
RETURN toInteger(2 ^ step) AS tracksFrom, listeners, round(entropy, 3) AS entropy, round(artists, 1) AS artists
ORDER BY tracksFrom
