"""What may be added to a score beside the ranker's, as one table: adding a term is a file and a line."""

from __future__ import annotations

from recommend.terms.attributes import AttributesTerm
from recommend.terms.boosts import BoostsTerm
from recommend.terms.context import ContextTerm
from recommend.terms.favourites import FavouritesTerm
from recommend.terms.less_like import LessLikeTerm
from recommend.terms.rules import FAMILY
from recommend.terms.skips import SkipsTerm
from recommend.terms.term import Term

TERMS: tuple[Term, ...] = (
    ContextTerm(),
    SkipsTerm(),
    LessLikeTerm(),
    AttributesTerm(),
    FavouritesTerm(),
    BoostsTerm(),
)
"""All of them; most have nothing to say of most requests."""

FAMILIES: tuple[str, ...] = (*(term.name.partition(":")[0] for term in TERMS), FAMILY)
"""What stands before the colon of their contributions' keys."""
