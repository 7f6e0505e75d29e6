// Which of these single facts hold: one list per shape, each step its place, the id where it starts and the id where it ends.
// params: played, performed_by, track_genre, artist_genre, contains, played_with, sounds_like, version_of, adjacent_to, subgenre_of, listens_to, follows_artist, follows
// returns: place
UNWIND $played AS step
MATCH (a:User {id: step[1]})
MATCH (b:Track {id: step[2]})
WHERE EXISTS { (a)-[:PLAYED]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $performed_by AS step
MATCH (a:Track {id: step[1]})
MATCH (b:Artist {id: step[2]})
WHERE EXISTS { (a)-[:PERFORMED_BY]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $track_genre AS step
MATCH (a:Track {id: step[1]})
MATCH (b:Genre {id: step[2]})
WHERE EXISTS { (a)-[:IN_GENRE]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $artist_genre AS step
MATCH (a:Artist {id: step[1]})
MATCH (b:Genre {id: step[2]})
WHERE EXISTS { (a)-[:IN_GENRE]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $contains AS step
MATCH (a:Playlist {id: step[1]})
MATCH (b:Track {id: step[2]})
WHERE EXISTS { (a)-[:CONTAINS]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $played_with AS step
MATCH (a:Track {id: step[1]})
MATCH (b:Track {id: step[2]})
WHERE EXISTS { (a)-[:PLAYED_WITH]-(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $sounds_like AS step
MATCH (a:Track {id: step[1]})
MATCH (b:Track {id: step[2]})
WHERE EXISTS { (a)-[:SOUNDS_LIKE]-(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $version_of AS step
MATCH (a:Track {id: step[1]})
MATCH (b:Track {id: step[2]})
WHERE EXISTS { (a)-[:VERSION_OF]-(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $adjacent_to AS step
MATCH (a:Genre {id: step[1]})
MATCH (b:Genre {id: step[2]})
WHERE EXISTS { (a)-[:ADJACENT_TO]-(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $subgenre_of AS step
MATCH (a:Genre {id: step[1]})
MATCH (b:Genre {id: step[2]})
WHERE EXISTS { (a)-[:SUBGENRE_OF]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $listens_to AS step
MATCH (a:User {id: step[1]})
MATCH (b:Artist {id: step[2]})
WHERE EXISTS { (a)-[:LISTENS_TO]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $follows_artist AS step
MATCH (a:User {id: step[1]})
MATCH (b:Artist {id: step[2]})
WHERE EXISTS { (a)-[:FOLLOWS]->(b) }
RETURN step[0] AS place
UNION ALL
UNWIND $follows AS step
MATCH (a:User {id: step[1]})
MATCH (b:User {id: step[2]})
WHERE EXISTS { (a)-[:FOLLOWS]->(b) }
RETURN step[0] AS place
