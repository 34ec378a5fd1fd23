"""The ground: what every room speaks. Imports nothing of ours."""
