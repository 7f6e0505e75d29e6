// Applies new FOLLOW events about artists, a pair's oldest first.
// params: events
// returns: written
UNWIND $events AS event
MATCH (u:User {id: event.user})
MATCH (t:Artist {id: event.target})
MERGE (u)-[r:FOLLOWS]->(t)
SET r.since = CASE WHEN r.since < event.at THEN r.since ELSE event.at END
RETURN count(*) AS written
