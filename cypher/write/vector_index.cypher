// Make the index over track embeddings for analysts; the quantisation is named, as the server's own choice finds half.
// params: n, quantisation
// returns: none
CREATE VECTOR INDEX track_embedding IF NOT EXISTS FOR (t:Track) ON t.embedding
OPTIONS {indexConfig: {
  `vector.dimensions`: $n,
  `vector.similarity_function`: 'cosine',
  `vector.quantization.type`: $quantisation
}}
