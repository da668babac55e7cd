"""Measures libdescent beside its peers: `make benchmark`, or PYTHONPATH=bindings/python:Benchmarks python -m speed."""
