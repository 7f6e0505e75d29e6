"""The framework-free core: candidates, ranking, filters, diversity, surfaces, explanations."""
