"""File formats of playlists, each read and written in one module; and what they share."""
