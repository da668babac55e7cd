"""Gradients of your own with Adam, then a linear classifier: a first program with libdescent."""

import numpy as np

import descent

random = np.random.default_rng(seed=1)

# Fit y = slope * x + shift to noisy points: you compute the gradient, Adam changes the parameters in place.
x = random.uniform(-1, 1, 200)
y = 3 * x - 2 + random.normal(0, 0.1, 200)
params = {"slope": np.zeros(1), "shift": np.zeros(1)}
adam = descent.Adam(learning_rate=0.05)
for _ in range(500):
    loss, slope_of_loss = descent.squared_error(params["slope"] * x + params["shift"], y)
    adam.update(params, {"slope": np.array([slope_of_loss @ x]), "shift": np.array([slope_of_loss.sum()])})
print(f"y = {params['slope'][0]:.2f} x {params['shift'][0]:+.2f}, squared error {loss:.4f}")

# Classify points around three centres with a linear support vector machine.
centres = np.array([[0, 2], [-2, -1], [2, -1]], np.float32)
labels = random.integers(0, 3, 3000)
points = centres[labels] + random.normal(0, 0.7, (3000, 2)).astype(np.float32)
classifier = descent.LinearClassifier(loss="multiclass_hinge", optimizer=descent.Momentum(learning_rate=0.01), epochs=5)
classifier.fit(points[:2000], labels[:2000])
print(f"{classifier.score(points[2000:], labels[2000:]):.1%} of the new points are classified correctly")
