// What stands on the relationships between these pairs of nodes, and which record of a source said what.
// params: type, source, target
// returns: place, properties
UNWIND range(0, size($source) - 1) AS place
MATCH (s:User|Playlist|Track|Artist|Genre {id: $source[place]})
MATCH (t:Track|Artist|Genre {id: $target[place]})
MATCH (s)-[r:PERFORMED_BY|IN_GENRE|VERSION_OF|CONTAINS|SAVED|LISTENS_TO|PLAYED|SUBGENRE_OF|INFLUENCED]->(t)
WHERE type(r) = $type
RETURN place, properties(r) AS properties
