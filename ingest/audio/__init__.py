"""Audio in, features out; and the synthesiser whose clips prove them."""
