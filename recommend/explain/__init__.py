"""Why a track was recommended: attribution first, then a path through the graph, then the graph is asked."""
