// The ids of all tracks, in order.
// params: none
// returns: id
MATCH (t:Track)
RETURN t.id AS id ORDER BY id
