"""ListenBrainz: exports and dumps, and the data of MusicBrainz that complete them."""
