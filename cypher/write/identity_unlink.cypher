// Removes links that no record says any more.
// params: type, source, target
// returns: none
UNWIND range(0, size($source) - 1) AS i
MATCH (s:User|Playlist|Track|Artist|Genre {id: $source[i]})
MATCH (t:Track|Artist|Genre {id: $target[i]})
MATCH (s)-[r:PERFORMED_BY|IN_GENRE|VERSION_OF|CONTAINS|SAVED|LISTENS_TO|PLAYED|SUBGENRE_OF|INFLUENCED]->(t)
WHERE type(r) = $type
DELETE r
