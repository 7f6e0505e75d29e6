"""What analysts ask the graph: recipes by their name, and reading statements of their own behind a guard."""

from graph.analysis.console import AnalystConsole, Table
from graph.analysis.recipes import Recipe, recipe, recipes

__all__ = ["AnalystConsole", "Recipe", "Table", "recipe", "recipes"]
