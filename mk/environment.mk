# Tests must not depend on variables that happen to be set: those that change what programs, tools or the library itself do
# are taken out of the environment of every target here but `demo`, `demo-text` and `benchmark`, which are the user's own. A test that is
# about a variable sets it itself. `make test-environment` tries it.
#
# OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE stay: with some processors an older OpenBLAS computes wrongly without them. They are
# taken away on emulated processors (mk/old-cpu.mk), which they do not fit.
SUSPECT := OPENBLAS_% GOTO_% OMP_% KMP_% MKL_% BLAS_% DESCENT_% LD_PRELOAD LD_LIBRARY_PATH \
  LD_BIND_NOW LD_DEBUG PYTHON% PYTEST_% HYPOTHESIS_% COVERAGE_% MPL% VIRTUAL_ENV CONDA_% ASAN_% TSAN_% UBSAN_% LSAN_% \
  MALLOC_% GLIBC_TUNABLES VALGRIND_OPTS QEMU_% LANG LANGUAGE LC_% TZ CDPATH GREP_OPTIONS \
  NPY_% NUMPY_% CMAKE_% PKG_CONFIG_% FORCE_COLOR NO_COLOR CLICOLOR% PY_COLORS RUFF_% MYPY% SOURCE_DATE_EPOCH

ifeq ($(filter demo demo-text benchmark,$(MAKECMDGOALS)),)
$(foreach name,$(filter-out OPENBLAS_CORETYPE OPENBLAS_L2_SIZE,$(filter $(SUSPECT),$(.VARIABLES))),$(eval unexport $(name)))
export LC_ALL := C.UTF-8
endif

# The package manager would take a compiler of the user's, and its flags, for clang and clang's.
unexport CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH

# The tests with odd values of all of these, and with hardly any environment at all. Twice as long as `make test`.
ODD := OPENBLAS_NUM_THREADS=3 OPENBLAS_CORETYPE=Haswell OMP_NUM_THREADS=5 MKL_NUM_THREADS=7 DESCENT_ISA=baseline \
  DESCENT_NUM_THREADS=3 DESCENT_LIBRARY=/nowhere LD_LIBRARY_PATH=/nowhere PYTHONPATH=/nowhere PYTHONHASHSEED=1 \
  PYTHONSTARTUP=/nowhere PYTEST_ADDOPTS=--maxfail=1 HYPOTHESIS_PROFILE=none LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu \
  CFLAGS=-DODD LANG=tr_TR.UTF-8 FORCE_COLOR=1 NPY_DISABLE_CPU_FEATURES=AVX2 PKG_CONFIG_PATH=/nowhere CMAKE_GENERATOR=Nothing \
  ASAN_OPTIONS=detect_leaks=0 MALLOC_PERTURB_=1 MPLBACKEND=nothing

.PHONY: test-environment
test-environment:
	env $(ODD) $(MAKE) test
	env -i HOME="$$HOME" PATH="$$PATH" $(MAKE) test
