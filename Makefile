# A thin front of Meson: each target sets up its build directory when it is missing, and then does its job.
#
#     make            build the library, the `thrum` command and the examples in build/
#     make run        see them at work
#     make test       build and run the tests
#     make bench      measure beside other libraries: BENCH=lock,sem for some workloads, ROUNDS=9 for more rounds
#     make install    into PREFIX (default /usr/local), below DESTDIR when that is set
#
# `make SETUP=:` installs no packages (see scripts/packages for what is needed). Options of Meson's own go into
# MESON_OPTIONS, those of the test runner into TEST_OPTIONS.

SETUP ?= scripts/setup
PREFIX ?= /usr/local
MESON_OPTIONS ?=
TEST_OPTIONS ?= --print-errorlogs
ROUNDS ?= 5
BENCH ?=
export DEBIAN_FRONTEND = noninteractive

# The sanitizers' settings, here and in .ci/run alike.
sanitized = -Dwerror=true -Db_lundef=false -Dlock_order=true
slow = TEST_SLOWDOWN=6
asan_env = ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=1 \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 LSAN_OPTIONS=suppressions=$(CURDIR)/scripts/lsan.supp $(slow)
tsan_env = TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$(CURDIR)/scripts/tsan.supp $(slow)

build_options =
build-asan_options = $(sanitized) -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=all
build-tsan_options = $(sanitized) -Db_sanitize=thread
build-musl_options = -Dwerror=true --native-file scripts/musl.ini
build-fallback_options = -Dwerror=true -Dplatform=posix
build-nohooks_options = -Dwerror=true -Dhooks=false
build-clang_options = -Dwerror=true --native-file scripts/clang.ini
builds = build build-asan build-tsan build-musl build-fallback build-clang build-nohooks

.PHONY: all run test bench bench-build bench-quick bench-hooks lint asan tsan musl fallback nohooks clang fuzz explore stress mutants install clean
.PHONY: $(builds)

all: build

# Setting up is done once. Ninja itself notices what changed since.
$(builds):
	@test -f $@/build.ninja || meson setup $@ --prefix=$(PREFIX) $($@_options) $(MESON_OPTIONS)
	@ninja -C $@ --quiet
build: packages
$(filter-out build,$(builds)): packages-ci

.PHONY: packages packages-ci packages-bench
packages:
	@$(SETUP) build
packages-ci packages-bench: packages-%:
	@$(SETUP) build $*

run: build
	@scripts/run build </dev/null

test: build
	meson test -C build --no-rebuild $(TEST_OPTIONS) </dev/null

asan: build-asan
	$(asan_env) meson test -C build-asan --no-rebuild --timeout-multiplier 20 $(TEST_OPTIONS) </dev/null

tsan: build-tsan
	$(tsan_env) $$(scripts/without-aslr) meson test -C build-tsan --no-rebuild --timeout-multiplier 20 $(TEST_OPTIONS) </dev/null

musl fallback clang: %: build-%
	meson test -C build-$* --no-rebuild $(TEST_OPTIONS) </dev/null

# The library without the places where the explorer takes over: what it has in common with the other builds is not
# tested again.
nohooks: packages-ci
	@test -f build-nohooks/build.ninja || meson setup build-nohooks --prefix=$(PREFIX) $(build-nohooks_options) $(MESON_OPTIONS)
	@ninja -C build-nohooks --quiet meson-test-prereq
	meson test -C build-nohooks --no-rebuild $(TEST_OPTIONS) </dev/null

# Longer runs, which `make test` leaves out: see tests/meson.build.
fuzz explore stress: %: build
	meson test -C build --no-rebuild --suite $@ $(TEST_OPTIONS) </dev/null

# Do the tests find bugs? Seeds one after the other in a copy of the tree.
mutants: packages-ci
	@scripts/mutants

# Set up anew, because Meson looks for the peers' libraries when it sets up.
bench-build: packages-bench build
	@meson setup --reconfigure build >build/bench-setup.log || { cat build/bench-setup.log; exit 1; }
	@ninja -C build --quiet bench-programs

bench: bench-build
	build/bench/bench --rounds $(ROUNDS) $(BENCH) </dev/null

bench-quick: bench-build
	build/bench/bench --rounds 3 --peers thrum,pthread,nsync,libuv,floor $(BENCH) </dev/null

# What the places where the explorer takes over cost when it does not.
bench-hooks: build build-nohooks
	@ninja -C build --quiet bench/peer-thrum
	@ninja -C build-nohooks --quiet bench/peer-thrum
	@scripts/bench-hooks build build-nohooks

lint: packages-ci
	scripts/lint

install: build
	@meson configure build -Dprefix=$(PREFIX)
	@ninja -C build --quiet
	DESTDIR=$(abspath $(DESTDIR)) meson install -C build --no-rebuild
	@test -n "$(DESTDIR)" -o "$$(id -u)" != 0 || ldconfig || true # so that the loader knows of it at once

clean:
	rm -rf $(builds) build-ci
