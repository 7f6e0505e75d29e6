// Finds the path of a reason again; its first pattern stands for the one of the reason.
// params: none
// returns: path
MATCH path = (:User)-[:PLAYED]->(:Track)
RETURN path LIMIT 1
