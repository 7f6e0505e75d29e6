// Whether people follow those who hear the same: artists shared with the followed, against a listener's own.
// params: least
// returns: pairs, ownArtists, sharedArtists, share
// defaults: least=5
MATCH (u:User)-[:FOLLOWS]->(v:User)
WITH u, v, COLLECT { MATCH (u)-[:LISTENS_TO]->(a:Artist) RETURN a.id
    UNION MATCH (u)-[:PLAYED]->(:Track)-[:PERFORMED_BY]->(a:Artist) RETURN a.id } AS own
WITH u, v, own, COUNT { MATCH (v)-[:LISTENS_TO]->(a:Artist) WHERE a.id IN own RETURN a
    UNION MATCH (v)-[:PLAYED]->(:Track)-[:PERFORMED_BY]->(a:Artist) WHERE a.id IN own RETURN a } AS shared
WITH count(*) AS pairs, avg(size(own)) AS ownArtists, avg(shared) AS sharedArtists WHERE pairs >= $least
RETURN pairs, round(ownArtists, 1) AS ownArtists, round(sharedArtists, 1) AS sharedArtists,
  round(sharedArtists / ownArtists, 3) AS share
