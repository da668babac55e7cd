// What a C++17 program does with descent.hpp.
#include <descent.hpp>

#include <array>
#include <cmath>
#include <cstdio>

static int failures;
static void expect(bool holds, const char *text) {
    if (!holds) std::printf("%s does not hold\n", text), failures++;
}
#define EXPECT(condition) expect((condition), #condition)

template <typename Call> static std::string text_of_error(descent_status status, Call call) {
    try {
        call();
    } catch (const descent::error &error) {
        EXPECT(error.status() == status);
        return error.what();
    }
    EXPECT(!"thrown");
    return "";
}

static double bowl(descent::span<const double> x, descent::span<double> gradient) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); i++) {
        sum += x[i] * x[i];
        if (!gradient.empty()) gradient[i] = 2 * x[i];
    }
    return sum;
}

int main() {
    // Steps, and the same after a copy through bytes.
    std::vector<float>   values{1, 2, 3, 4};
    std::array<float, 4> gradient{1, -1, 1, -1};
    descent::optimizer   adam("adam");
    adam.set(DESCENT_LEARNING_RATE, 0.5).set("beta1", 0.8);
    adam.step({descent::tensor(values, gradient, 2)});
    descent::optimizer copy = descent::optimizer::load(adam.save());
    auto               others = values;
    adam.step({descent::tensor(values, gradient, 2)});
    copy.step({descent::tensor(others, gradient, 2)});
    EXPECT(values == others && values[0] < 0.1f && copy.step_count() == 2 && copy.value(DESCENT_BETA1) == 0.8);
    descent::optimizer moved = std::move(copy);
    EXPECT(moved.get() != nullptr && copy.get() == nullptr);

    // Failures.
    EXPECT(text_of_error(DESCENT_ERROR_INVALID_ARGUMENT, [&] { adam.set("beta1", 2); }).find("beta1") == 0);
    EXPECT(!text_of_error(DESCENT_ERROR_UNKNOWN_NAME, [] { descent::optimizer("adm"); }).empty());
    std::vector<float> three(3), more(3);
    EXPECT(!text_of_error(DESCENT_ERROR_INVALID_ARGUMENT, [&] { descent::tensor(three, gradient); }).empty());
    EXPECT(!text_of_error(DESCENT_ERROR_SHAPE_MISMATCH, [&] { adam.step({descent::tensor(three, more)}); }).empty());

    // Minimizing, and what a function throws.
    descent::optimizer  lbfgs(DESCENT_LBFGS);
    std::vector<double> x{3, -4};
    auto                stop = descent::stop();
    stop.max_steps = 50;
    stop.gradient_tolerance = 1e-9;
    EXPECT(descent::minimize(lbfgs, x, bowl, stop).reason == DESCENT_REACHED_GRADIENT && std::fabs(x[0]) < 1e-9);
    bool is_caught = false;
    try {
        descent::numeric_gradient(x, [](auto, auto) -> double { throw std::out_of_range("mine"); });
    } catch (const std::out_of_range &) { is_caught = true; }
    EXPECT(is_caught);
    const std::vector<double> point{1, 2};
    EXPECT(std::fabs(descent::numeric_gradient(point, bowl)[1] - 4) < 1e-8);

    // A classifier on two clouds, and samplers.
    std::vector<float>        features;
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 40; i++) {
        labels.push_back(i % 2);
        features.insert(features.end(), {i % 2 ? 1.0f : -1.0f, static_cast<float>(i) / 40});
    }
    const auto          data = descent::dataset<float>(features, labels, 2);
    descent::classifier linear(2, 2, DESCENT_SOFTMAX_CROSS_ENTROPY);
    descent::optimizer  momentum(DESCENT_MOMENTUM);
    int                 reports = 0;
    linear.fit(momentum, data, descent::fit_options(), [&](const descent_progress_report &) { return ++reports < 0; });
    EXPECT(reports == 10 && linear.evaluate(data).second == 1 && linear.predict(data) == labels);
    EXPECT(descent::classifier::load(linear.save()).predict(data) == labels);
    descent::sampler batches(40, 16, DESCENT_SAMPLE_STRATIFIED, 1, labels);
    EXPECT(batches.next().size() == 16 && batches.next().size() == 16 && batches.next().size() == 8);

    std::printf(failures == 0 ? "descent.hpp: passed\n" : "descent.hpp: %d failures\n", failures);
    return failures;
}
