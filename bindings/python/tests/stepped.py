"""The optimizers that can be stepped: all but the batch methods, which test_batch_methods.py has."""

import descent

STEPPED = {name: kind for name, kind in descent.OPTIMIZERS.items() if not kind._algorithm.is_batch}
