// Tracks or artists that have no key to be matched by: written before identities were resolved.
// params: label
// returns: id, name
MATCH (n:Track|Artist)
WHERE $label IN labels(n) AND n.matchKey IS NULL
RETURN n.id AS id, n.name AS name
