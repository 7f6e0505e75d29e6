// The perceptual features of the tracks that came with them, one list per feature: what measured ones are mapped onto.
// params: none
// returns: energy, danceability, valence, acousticness, instrumentalness, speechiness, liveness
MATCH (n:Track {audioSource: 'imported'})
RETURN collect(n.energy) AS energy,
       collect(n.danceability) AS danceability,
       collect(n.valence) AS valence,
       collect(n.acousticness) AS acousticness,
       collect(n.instrumentalness) AS instrumentalness,
       collect(n.speechiness) AS speechiness,
       collect(n.liveness) AS liveness
