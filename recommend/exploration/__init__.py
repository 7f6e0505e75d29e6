"""What a list tries out beside what it is sure of, which trial is chosen, and what can be learned from it offline."""
