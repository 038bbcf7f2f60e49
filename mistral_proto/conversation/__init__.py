"""The rules that a whole conversation must satisfy, as mistral_common's validator has them."""
