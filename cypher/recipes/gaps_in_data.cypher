// What the tracks lack: how many are without an artist, a genre, a length, a date, an ISRC, sound.
// params: none
// returns: tracks, noArtist, noGenre, noDuration, noDate, noIsrc, noSound
MATCH (t:Track)
RETURN count(t) AS tracks,
  count(CASE WHEN NOT EXISTS { (t)-[:PERFORMED_BY]->() } THEN 1 END) AS noArtist,
  count(CASE WHEN NOT EXISTS { (t)-[:IN_GENRE]->() } THEN 1 END) AS noGenre,
  count(CASE WHEN t.durationMs IS NULL THEN 1 END) AS noDuration,
  count(CASE WHEN t.releaseDate IS NULL THEN 1 END) AS noDate,
  count(CASE WHEN t.isrc IS NULL THEN 1 END) AS noIsrc,
  count(CASE WHEN t.energy IS NULL THEN 1 END) AS noSound
