// Writes the links of merged nodes with what each record of a source said of them; PLAYED has a statement of its own.
// params: type, source, target, properties, said
// returns: written
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User|Playlist|Track|Artist|Genre {id: $source[i]})
MATCH (t:Track|Artist|Genre {id: $target[i]})
FOREACH (_ IN CASE WHEN $type = 'PERFORMED_BY' AND s:Track AND t:Artist THEN [1] ELSE [] END |
  MERGE (s)-[r:PERFORMED_BY]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'IN_GENRE' AND (s:Track OR s:Artist) AND t:Genre THEN [1] ELSE [] END |
  MERGE (s)-[r:IN_GENRE]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'VERSION_OF' AND s:Track AND t:Track THEN [1] ELSE [] END |
  MERGE (s)-[r:VERSION_OF]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'CONTAINS' AND s:Playlist AND t:Track THEN [1] ELSE [] END |
  MERGE (s)-[r:CONTAINS]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'SAVED' AND s:User AND t:Track
    AND NOT EXISTS { (s)-[p:PLAYED]->(t) WHERE p.unsavedAt >= coalesce($properties[i].at, 0) } THEN [1] ELSE [] END |
  MERGE (s)-[r:SAVED]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'LISTENS_TO' AND s:User AND t:Artist THEN [1] ELSE [] END |
  MERGE (s)-[r:LISTENS_TO]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'SUBGENRE_OF' AND s:Genre AND t:Genre THEN [1] ELSE [] END |
  MERGE (s)-[r:SUBGENRE_OF]->(t) SET r += $properties[i], r.said = $said[i])
FOREACH (_ IN CASE WHEN $type = 'INFLUENCED' AND s:Genre AND t:Genre THEN [1] ELSE [] END |
  MERGE (s)-[r:INFLUENCED]->(t) SET r += $properties[i], r.said = $said[i])
RETURN collect(i) AS written
