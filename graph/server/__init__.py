"""The managed Neo4j: a server of our own, for those who have none."""

from graph.server.config import PLANS, MemoryPlan, memory_plan
from graph.server.managed import DATABASE, ManagedServer, ServerState

__all__ = ["DATABASE", "PLANS", "ManagedServer", "MemoryPlan", "ServerState", "memory_plan"]
