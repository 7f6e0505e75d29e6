// Applies BLOCK events about artists that were not applied before; without an end a block holds for ever.
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
MERGE (u)-[r:BLOCKED]->(t)
SET r.at = CASE WHEN r.at > event.at THEN r.at ELSE event.at END,
    r.until = event.until
RETURN collect(event.id) AS applied
