/* Fits the line y = slope * x + intercept to five points with Adam:  cc minimal.c -ldescent && ./a.out */
#include <descent.h>
#include <stdio.h>

enum { POINTS = 5 };
static const float x[POINTS] = {0, 1, 2, 3, 4};
static const float y[POINTS] = {1.1f, 2.9f, 5.2f, 6.8f, 9.0f};

/* The mean of (slope * x + intercept - y)^2 over the points, and its derivative by slope and by intercept. */
static float mean_squared_error(const float line[2], float gradient[2]) {
    float sum = 0;
    gradient[0] = gradient[1] = 0;
    for (int i = 0; i < POINTS; i++) {
        float error = line[0] * x[i] + line[1] - y[i];
        sum += error * error;
        gradient[0] += 2 * error * x[i] / POINTS;
        gradient[1] += 2 * error / POINTS;
    }
    return sum / POINTS;
}

int main(void) {
    float line[2] = {0, 0}, gradient[2], loss = 0;
    descent_tensor tensor = {line, gradient, 1, 2, DESCENT_FLOAT32, 0};
    descent_optimizer *adam = NULL;
    descent_status status = descent_optimizer_create(DESCENT_ADAM, &adam);
    if (status == DESCENT_OK) status = descent_optimizer_set(adam, DESCENT_LEARNING_RATE, 0.1);
    for (int step = 0; step < 500 && status == DESCENT_OK; step++) {
        loss = mean_squared_error(line, gradient);
        status = descent_optimizer_step(adam, &tensor, 1);
    }
    descent_optimizer_free(adam);

    if (status == DESCENT_OK) printf("y = %.3f x + %.3f, mean squared error %.4f\n", line[0], line[1], loss);
    else fprintf(stderr, "%s\n", descent_last_error());
    return status != DESCENT_OK;
}
