"""Which tracks are nearest to a vector: one protocol, an exact search, Annoy and FAISS behind it."""

from gnn.index.annoy import AnnoyNeighbours as AnnoyNeighbours
from gnn.index.annoy import build_annoy as build_annoy
from gnn.index.choice import BACKENDS as BACKENDS
from gnn.index.choice import EXACT_BELOW as EXACT_BELOW
from gnn.index.choice import Backend as Backend
from gnn.index.choice import IndexKind as IndexKind
from gnn.index.exact import ExactIndex as ExactIndex
from gnn.index.faiss import FaissNeighbours as FaissNeighbours
from gnn.index.faiss import build_faiss as build_faiss
from gnn.index.int8 import Int8Vectors as Int8Vectors
from gnn.index.int8 import Vectors as Vectors
from gnn.index.neighbours import NearestNeighbours as NearestNeighbours
from gnn.index.neighbours import Neighbours as Neighbours
from gnn.index.probe import Recall as Recall
from gnn.index.probe import overlap as overlap
from gnn.index.probe import probe as probe
