// Which track a recording code names, the first by id where a code was used twice.
// params: isrc
// returns: id
MATCH (t:Track {isrc: $isrc})
RETURN t.id AS id
ORDER BY id
LIMIT 1
