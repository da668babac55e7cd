// What a C++ program does with the library: handles in smart pointers, lambdas as callbacks.
#include <descent.h>

#include <cmath>
#include <cstdio>
#include <memory>

struct Free {
    void operator()(descent_optimizer *optimizer) const { descent_optimizer_free(optimizer); }
};

int main() {
    descent_optimizer *made = nullptr;
    if (descent_optimizer_create(DESCENT_NESTEROV, &made) != DESCENT_OK) return 1;
    const std::unique_ptr<descent_optimizer, Free> nesterov(made);

    const auto square = [](size_t, const double *x, double *gradient, void *context) {
        const double distance = *x - *static_cast<double *>(context);
        if (gradient != nullptr) *gradient = 2 * distance;
        return distance * distance;
    };
    double         x = 0, centre = 3;
    descent_stop   stop = {};
    stop.struct_size = sizeof stop;
    stop.max_steps = 10000;
    stop.gradient_tolerance = 1e-9;
    descent_result result = {};
    result.struct_size = sizeof result;
    const descent_status status =
        descent_minimize(nesterov.get(), 1, &x, square, &centre, &stop, nullptr, nullptr, &result);
    if (status != DESCENT_OK) {
        std::fprintf(stderr, "%s: %s\n", descent_status_name(status), descent_last_error());
        return 1;
    }
    std::printf("x = %.3f\n", x);
    return std::fabs(x - centre) < 1e-6 ? 0 : 1;
}
