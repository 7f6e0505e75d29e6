// Which of these single facts hold. A step is its place, its shape, the id where it starts and the id where it ends.
// params: steps
// returns: places
// One list parameter only: the server plans anew for every new combination of list sizes.
UNWIND $steps AS step
WITH step[0] AS place, step[1] AS shape, step[2] AS from, step[3] AS to
WHERE CASE shape
  WHEN 'played' THEN EXISTS { MATCH (:User {id: from})-[:PLAYED]->(:Track {id: to}) }
  WHEN 'follows_artist' THEN EXISTS { MATCH (:User {id: from})-[:FOLLOWS]->(:Artist {id: to}) }
  WHEN 'performed_by' THEN EXISTS { MATCH (:Track {id: from})-[:PERFORMED_BY]->(:Artist {id: to}) }
  WHEN 'track_genre' THEN EXISTS { MATCH (:Track {id: from})-[:IN_GENRE]->(:Genre {id: to}) }
  WHEN 'contains' THEN EXISTS { MATCH (:Playlist {id: from})-[:CONTAINS]->(:Track {id: to}) }
  WHEN 'played_with' THEN EXISTS { MATCH (:Track {id: from})-[:PLAYED_WITH]-(:Track {id: to}) }
  WHEN 'artist_played_with' THEN EXISTS { MATCH (:Artist {id: from})-[:PLAYED_WITH]-(:Artist {id: to}) }
  WHEN 'sounds_like' THEN EXISTS { MATCH (:Track {id: from})-[:SOUNDS_LIKE]-(:Track {id: to}) }
  WHEN 'adjacent_to' THEN EXISTS { MATCH (:Genre {id: from})-[:ADJACENT_TO]-(:Genre {id: to}) }
  ELSE false
END
RETURN collect(place) AS places
