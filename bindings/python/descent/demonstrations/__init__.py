"""What `python -m descent` shows: optimizers compared, gradients checked, learning rates tested, a table of all."""
