// Records events that change nothing else yet: IMPRESSION, SEARCH, DISMISS, BAD_RECOMMENDATION.
// params: events
// returns: applied
UNWIND $events AS event
MATCH (u:User {id: event.user})
MERGE (e:AppliedEvent {id: event.id})
  ON CREATE SET e.isNew = true, e.kind = event.kind, e.at = event.at, e.userId = event.user, e.targetId = event.target
WITH e, event
WHERE e.isNew
REMOVE e.isNew
RETURN collect(event.id) AS applied
