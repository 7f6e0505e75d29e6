// Genres by their ids, with parents and children; ids that nothing has are left out.
// params: ids
// returns: id, name, slug, trackCount, parents, children
UNWIND $ids AS wanted
MATCH (g:Genre {id: wanted})
WITH g.id AS id, g.name AS name, g.slug AS slug, coalesce(g.trackCount, 0) AS trackCount,
       COLLECT { MATCH (g)-[:SUBGENRE_OF]->(p:Genre) RETURN [p.id, p.name, p.slug] ORDER BY p.id } AS parents,
       COLLECT { MATCH (g)<-[:SUBGENRE_OF]-(c:Genre) RETURN [c.id, c.name, c.slug] ORDER BY c.id } AS children
RETURN id, name, slug, trackCount, parents, children
