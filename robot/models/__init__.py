"""Robots: a YAML description beside the code that makes its URDF from named parameters."""
