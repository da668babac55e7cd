"""Linear models with their defaults against scikit-learn's: the same data, no tuning, a table."""
