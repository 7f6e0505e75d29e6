// The events of a user that were applied, as they were recorded, the oldest first.
// params: id
// returns: properties
MATCH (e:AppliedEvent)
WHERE e.userId = $id
WITH e
ORDER BY e.at, e.id
RETURN properties(e) AS properties
