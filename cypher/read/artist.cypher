// Artists by their ids, with genres by weight; ids that nothing has are left out.
// params: ids
// returns: id, name, country, listenerCount, trackCount, genres
UNWIND $ids AS wanted
MATCH (a:Artist {id: wanted})
WITH a.id AS id, a.name AS name, a.country AS country, a.listenerCount AS listenerCount,
       COUNT { (a)<-[:PERFORMED_BY]-(:Track) } AS trackCount,
       COLLECT {
         MATCH (a)-[w:IN_GENRE]->(g:Genre)
         RETURN [g.id, g.name, g.slug, coalesce(w.weight, 1.0)] ORDER BY coalesce(w.weight, 1.0) DESC, g.id LIMIT 20
       } AS genres
RETURN id, name, country, listenerCount, trackCount, genres
