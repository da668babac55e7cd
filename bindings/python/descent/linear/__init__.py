"""Linear models: estimators as scikit-learn has them."""
