/*
 * libdescent for C++17: the functions of descent.h with objects that free themselves, spans for pointers with sizes, and
 * exceptions for statuses. Nothing else: descent.h is the manual, and every function here names the one that it calls by its
 * name. What has no place here is called as it is: each object's get() is the handle.
 *
 * A failure is thrown as descent::error, whose what() is the library's own sentence; then nothing has changed. What a callback
 * throws is held back until the library has come to its end, and thrown again by the function that was called.
 */
#ifndef DESCENT_HPP
#define DESCENT_HPP

#include "descent.h"

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

class error : public std::runtime_error {
public:
    error(descent_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
    descent_status status() const noexcept { return status_; }

private:
    descent_status status_;
};

inline void check(descent_status status) {
    if (status != DESCENT_OK) throw error(status, descent_last_error());
}

/* Numbers that are somebody else's: of a vector, an array, or anything with data() and size(). */
template <typename Element> class span {
public:
    constexpr span() noexcept = default;
    constexpr span(Element *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t count> constexpr span(Element (&array)[count]) noexcept : data_(array), size_(count) {}
    template <typename Container, typename = std::enable_if_t<std::is_convertible_v<
                                      decltype(std::declval<Container &>().data()), Element *>>>
    constexpr span(Container &&container) noexcept : data_(container.data()), size_(container.size()) {}

    constexpr Element    *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool        empty() const noexcept { return size_ == 0; }
    constexpr Element    *begin() const noexcept { return data_; }
    constexpr Element    *end() const noexcept { return data_ + size_; }
    constexpr Element    &operator[](std::size_t index) const noexcept { return data_[index]; }

private:
    Element    *data_ = nullptr;
    std::size_t size_ = 0;
};

template <typename Element> constexpr descent_dtype dtype_of() noexcept {
    using plain = std::remove_const_t<Element>;
    static_assert(std::is_same_v<plain, float> || std::is_same_v<plain, double> || std::is_same_v<plain, std::uint8_t>,
                  "numbers are float, double or, as features, bytes");
    return std::is_same_v<plain, float> ? DESCENT_FLOAT32 : std::is_same_v<plain, double> ? DESCENT_FLOAT64 : DESCENT_UINT8;
}

/* Sizes that do not fit each other never reach the library, which has only pointers. */
inline void require(bool fits, const char *text) {
    if (!fits) throw error(DESCENT_ERROR_INVALID_ARGUMENT, text);
}

/* Parameters and their gradient, with so many rows. They must live as long as the tensor is used. */
template <typename Element>
descent_tensor tensor(span<Element> values, span<const Element> gradient, std::size_t rows = 1, std::uint32_t group = 0) {
    require(values.size() == gradient.size(), "gradient: its size is not that of the values");
    require(rows != 0 && values.size() % rows == 0, "rows: the values are no whole number of rows");
    return {values.data(), gradient.data(), rows, values.size() / rows, dtype_of<Element>(), group};
}
template <typename Values, typename Gradient>
descent_tensor tensor(Values &values, const Gradient &gradient, std::size_t rows = 1, std::uint32_t group = 0) {
    using element = std::remove_reference_t<decltype(*values.data())>;
    return tensor<element>(span<element>(values), span<const element>(gradient), rows, group);
}

namespace detail {

/* Owns a handle; the functions are those that free, save and load it. */
template <typename Handle, auto free_function, auto save_size_function, auto save_function, auto load_function> class owner {
public:
    Handle *get() const noexcept { return handle_.get(); }

    /* The same bytes everywhere; the class's load() makes the object of them again. */
    std::vector<std::uint8_t> save() const {
        std::size_t size = 0;
        check(save_size_function(get(), &size));
        std::vector<std::uint8_t> bytes(size);
        check(save_function(get(), bytes.data(), bytes.size(), &size));
        bytes.resize(size);
        return bytes;
    }

protected:
    explicit owner(Handle *made) noexcept : handle_(made) {}

    static Handle *loaded(span<const std::uint8_t> bytes) {
        Handle *made = nullptr;
        check(load_function(bytes.data(), bytes.size(), &made));
        return made;
    }

private:
    struct deleter {
        void operator()(Handle *handle) const noexcept { free_function(handle); }
    };
    std::unique_ptr<Handle, deleter> handle_;
};

/* A caller's function behind a C callback, and what it threw. */
template <typename Function> class callback {
public:
    explicit callback(Function &function) noexcept : function_(&function) {}

    /* f(x, gradient) -> value; the gradient is empty where none is wanted. */
    static double evaluate(std::size_t n, const double *x, double *gradient, void *context) {
        return static_cast<callback *>(context)->guarded(std::numeric_limits<double>::quiet_NaN(), span<const double>(x, n),
                                                         span<double>(gradient, gradient == nullptr ? 0 : n));
    }

    /* f(report) -> whether to stop */
    static std::int32_t report(const descent_progress_report *report, void *context) {
        return static_cast<callback *>(context)->guarded(std::int32_t{1}, *report);
    }

    /* Throws what the function has thrown, or the library's failure. */
    void finish(descent_status status) const {
        if (thrown_) std::rethrow_exception(thrown_);
        check(status);
    }

private:
    template <typename Result, typename... Values> Result guarded(Result otherwise, const Values &...values) noexcept {
        if (thrown_) return otherwise;
        try {
            return static_cast<Result>((*function_)(values...));
        } catch (...) {
            thrown_ = std::current_exception();
            return otherwise;
        }
    }

    Function          *function_;
    std::exception_ptr thrown_;
};

}  // namespace detail

class optimizer : public detail::owner<descent_optimizer, descent_optimizer_free, descent_optimizer_save_size,
                                       descent_optimizer_save, descent_optimizer_load> {
public:
    explicit optimizer(descent_algorithm algorithm) : owner(created(algorithm)) {}
    explicit optimizer(const char *algorithm) : owner(created(number(algorithm))) {}
    static optimizer load(span<const std::uint8_t> bytes) { return optimizer(loaded(bytes)); }

    optimizer &set(descent_option option, double value) {
        check(descent_optimizer_set(get(), option, value));
        return *this;
    }
    optimizer &set(const char *option, double value) {
        descent_option number{};
        check(descent_option_from_name(option, &number));
        return set(number, value);
    }
    double value(descent_option option) const {
        double value = 0;
        check(descent_optimizer_get(get(), option, &value));
        return value;
    }
    void step(span<const descent_tensor> tensors) {
        check(descent_optimizer_step(get(), tensors.data(), tensors.size()));
    }
    void          step(std::initializer_list<descent_tensor> tensors) { step({tensors.begin(), tensors.size()}); }
    std::uint64_t step_count() const noexcept { return descent_optimizer_step_count(get()); }
    void          reset() { check(descent_optimizer_reset(get())); }

private:
    explicit optimizer(descent_optimizer *made) noexcept : owner(made) {}

    static descent_algorithm number(const char *name) {
        descent_algorithm number{};
        check(descent_algorithm_from_name(name, &number));
        return number;
    }
    static descent_optimizer *created(descent_algorithm algorithm) {
        descent_optimizer *made = nullptr;
        check(descent_optimizer_create(algorithm, &made));
        return made;
    }
};

class sampler : public detail::owner<descent_sampler, descent_sampler_free, descent_sampler_save_size, descent_sampler_save,
                                     descent_sampler_load> {
public:
    /* Labels are needed for DESCENT_SAMPLE_STRATIFIED. */
    sampler(std::size_t samples, std::size_t batch_size, descent_sampling sampling, std::uint64_t seed,
            span<const std::int32_t> labels = {})
        : owner(created(samples, batch_size, sampling, seed, labels)), room_(batch_size < samples ? batch_size : samples) {}

    std::vector<std::size_t> next() {
        std::vector<std::size_t> indices(room_);
        std::size_t              count = 0;
        check(descent_sampler_next(get(), indices.data(), &count));
        indices.resize(count);
        return indices;
    }

private:
    static descent_sampler *created(std::size_t samples, std::size_t batch_size, descent_sampling sampling,
                                    std::uint64_t seed, span<const std::int32_t> labels) {
        require(labels.empty() || labels.size() == samples, "labels: their number is not that of the samples");
        descent_sampler *made = nullptr;
        check(descent_sampler_create(samples, batch_size, sampling, labels.data(), seed, &made));
        return made;
    }

    std::size_t room_;
};

/* A data set of rows; it refers to the numbers. */
template <typename Element>
descent_dataset dataset(span<const Element> features, span<const std::int32_t> labels, std::size_t dimension, float scale = 1) {
    require(dimension != 0 && features.size() % dimension == 0, "features: they are no whole number of rows");
    require(labels.empty() || labels.size() == features.size() / dimension, "labels: their number is not that of the rows");
    descent_dataset data{};
    data.struct_size = sizeof data;
    data.dtype = dtype_of<Element>();
    data.features = features.data();
    data.labels = labels.data();
    data.samples = features.size() / dimension;
    data.dimension = dimension;
    data.scale = scale;
    return data;
}

inline descent_fit_options fit_options() {
    descent_fit_options options;
    descent_fit_options_init(&options);
    return options;
}

class classifier : public detail::owner<descent_classifier, descent_classifier_free, descent_classifier_save_size,
                                        descent_classifier_save, descent_classifier_load> {
public:
    classifier(std::size_t dimension, std::size_t classes, descent_loss loss) : owner(created(dimension, classes, loss)) {}
    static classifier load(span<const std::uint8_t> bytes) { return classifier(loaded(bytes)); }

    void set_l2(double l2) { check(descent_classifier_set_l2(get(), l2)); }
    void initialize(double standard_deviation, std::uint64_t seed) {
        check(descent_classifier_initialize(get(), standard_deviation, seed));
    }
    void fit(optimizer &optimizer, const descent_dataset &data, const descent_fit_options &options = fit_options()) {
        check(descent_classifier_fit(get(), optimizer.get(), &data, &options, nullptr, nullptr));
    }
    /* progress(report) returns whether to stop. */
    template <typename Progress>
    void fit(optimizer &optimizer, const descent_dataset &data, const descent_fit_options &options, Progress &&progress) {
        using call = detail::callback<std::remove_reference_t<Progress>>;
        call observer(progress);
        observer.finish(descent_classifier_fit(get(), optimizer.get(), &data, &options, call::report, &observer));
    }
    /* Loss and accuracy. */
    std::pair<double, double> evaluate(const descent_dataset &data) {
        std::pair<double, double> result;
        check(descent_classifier_evaluate(get(), &data, &result.first, &result.second));
        return result;
    }
    std::vector<std::int32_t> predict(const descent_dataset &data) {
        std::vector<std::int32_t> labels(data.samples);
        check(descent_classifier_predict(get(), &data, labels.data()));
        return labels;
    }

private:
    explicit classifier(descent_classifier *made) noexcept : owner(made) {}
    static descent_classifier *created(std::size_t dimension, std::size_t classes, descent_loss loss) {
        descent_classifier *made = nullptr;
        check(descent_classifier_create(dimension, classes, loss, &made));
        return made;
    }
};

/* Criteria without any set. */
inline descent_stop stop() {
    descent_stop stop{};
    stop.struct_size = sizeof stop;
    return stop;
}

/* descent_minimize(): objective(x, gradient) returns the value, and fills the gradient unless that is empty. */
template <typename Objective>
descent_result minimize(optimizer &optimizer, span<double> x, Objective &&objective, const descent_stop &stop) {
    using call = detail::callback<std::remove_reference_t<Objective>>;
    call           function(objective);
    descent_result result{};
    result.struct_size = sizeof result;
    function.finish(descent_minimize(optimizer.get(), x.size(), x.data(), call::evaluate, &function, &stop, nullptr, nullptr,
                                     &result));
    return result;
}

template <typename Objective>
std::vector<double> numeric_gradient(span<const double> x, Objective &&objective,
                                     descent_difference method = DESCENT_CENTRAL) {
    using call = detail::callback<std::remove_reference_t<Objective>>;
    call                function(objective);
    std::vector<double> gradient(x.size());
    function.finish(
        descent_numeric_gradient(x.size(), x.data(), call::evaluate, &function, method, 0, gradient.data()));
    return gradient;
}

}  // namespace descent

#endif
