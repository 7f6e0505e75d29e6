"""A small invented music scene, deterministic from a seed: what the demo and many tests run on."""
