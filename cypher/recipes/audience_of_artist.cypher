// Who hears an artist: listeners, plays, and how many of those listeners stay with one track.
// params: artist
// returns: name, listeners, plays, oneTrackOnly
MATCH (a:Artist {id: $artist})<-[:PERFORMED_BY]-(t:Track)<-[r:PLAYED]-(u:User) WHERE r.count > 0
WITH a, u, count(t) AS tracks, sum(r.count) AS plays
RETURN a.name AS name, count(u) AS listeners, sum(plays) AS plays,
  count(CASE WHEN tracks = 1 THEN 1 END) AS oneTrackOnly
