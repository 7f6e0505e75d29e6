// Applies new DISLIKE and HATE events about artists, a pair's oldest first.
// params: events
// returns: written
UNWIND $events AS event
MATCH (u:User {id: event.user})
MATCH (t:Artist {id: event.target})
MERGE (u)-[r:DISLIKED]->(t)
SET r.at = CASE WHEN r.at > event.at THEN r.at ELSE event.at END
RETURN count(*) AS written
