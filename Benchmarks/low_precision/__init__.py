"""Fewer bits on Fashion-MNIST: codes for an optimizer's state, trainings with each, and stochastic rounding."""
