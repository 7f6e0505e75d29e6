// Applies FOLLOW events about artists that were not applied before.
// params: events
// returns: applied
UNWIND $events AS event
MATCH (u:User {id: event.user})
MATCH (t:Artist {id: event.target})
MERGE (e:AppliedEvent {id: event.id})
  ON CREATE SET e.isNew = true, e.kind = event.kind, e.at = event.at, e.userId = event.user, e.targetId = event.target
WITH u, t, e, event
WHERE e.isNew
REMOVE e.isNew
MERGE (u)-[r:FOLLOWS]->(t)
SET r.since = CASE WHEN r.since < event.at THEN r.since ELSE event.at END
RETURN collect(event.id) AS applied
