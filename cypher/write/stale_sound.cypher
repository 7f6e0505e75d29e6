// Takes the vectors away that another network than the named one made.
// params: network
// returns: removed
MATCH (n:Track)
WHERE n.soundVector IS NOT NULL AND coalesce(n.soundNetwork, '') <> $network
REMOVE n.soundVector, n.soundNetwork
RETURN count(n) AS removed
