// Gives a record of a source a node of its own again.
// params: label, id, properties
// returns: none
FOREACH (_ IN CASE WHEN $label = 'Track' THEN [1] ELSE [] END | MERGE (n:Track {id: $id}) SET n += $properties)
FOREACH (_ IN CASE WHEN $label = 'Artist' THEN [1] ELSE [] END | MERGE (n:Artist {id: $id}) SET n += $properties)
FOREACH (_ IN CASE WHEN $label = 'Genre' THEN [1] ELSE [] END | MERGE (n:Genre {id: $id}) SET n += $properties)
