// Applies new BLOCK events about genres, a pair's oldest first; without an end a block holds for ever.
// params: events
// returns: written
UNWIND $events AS event
MATCH (u:User {id: event.user})
MATCH (t:Genre {id: event.target})
MERGE (u)-[r:BLOCKED]->(t)
SET r.until = CASE WHEN r.at > event.at THEN r.until ELSE event.until END,
    r.at = CASE WHEN r.at > event.at THEN r.at ELSE event.at END
RETURN count(*) AS written
