"""Graph in, embeddings and nearest neighbours out: ALS, GraphSAGE, evaluation, index, model bundles."""
