// Finds tracks, artists, genres and playlists by words of their names, accents ignored; catches up with writes shortly after.
// params: none
// returns: none
CREATE FULLTEXT INDEX names IF NOT EXISTS FOR (n:Track|Artist|Genre|Playlist) ON EACH [n.name]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-folding', `fulltext.eventually_consistent`: true}}
