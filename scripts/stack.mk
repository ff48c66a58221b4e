# What starts, stops, ships and checks; included by the Makefile. `##` lines are what `make help` prints.

# Whoever gave no -j gets one a core.
MAKE_ALL = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

.PHONY: packages run up down status demo story test integration fault-short fault bench fuzz lint check asan tsan compose-test

packages: ## install the Debian packages that are missing
	@scripts/install-packages

# The packages come before the rest of the Makefile asks pkg-config about them, hence the second make.
run: packages ## everything, on a fresh machine: install, build, start, load the demo city, until Ctrl-C
	@$(MAKE_ALL) all
	@scripts/stack run $(if $(wildcard scripts/demo),--then 'scripts/demo')

up: packages ## the same in the background; returns when ready
	@$(MAKE_ALL) all
	@scripts/stack up
	$(if $(wildcard scripts/demo),@scripts/demo --load)

down: ## stop the background stack, keep its data
	@scripts/stack down

status: ## one line per process
	@scripts/stack status

demo: ## load the demo city into the running stack and walk a few requests to closure
	@scripts/demo

story: ## print one order's life across the five services
	@scripts/story

asan: ## build everything with AddressSanitizer and UBSan
	@scripts/install-packages build asan
	@$(MAKE_ALL) BUILD=asan all

tsan: ## build everything with ThreadSanitizer
	@scripts/install-packages build asan
	@$(MAKE_ALL) BUILD=tsan all

check: ## quick checks of the sources: layers, purity, shell, Python
	@scripts/check-layers.sh
	@scripts/check-pure.sh $(B)

lint: ## clang-format, clang-tidy, cppcheck, shellcheck, buf lint
	@scripts/install-packages build lint
	@scripts/lint

test: packages ## unit, integration and short fault tests on throw-away stacks
	@scripts/test

integration: packages ## the integration tests alone (TESTS=... selects)
	@$(MAKE_ALL) all
	@scripts/test integration

fault: packages ## the long fault tests: hundreds of kills under load
	@$(MAKE_ALL) all
	@scripts/test fault-long

bench: packages ## the table of rates beside their floors
	@$(MAKE_ALL) all
	@scripts/bench

fuzz: ## build the fuzz targets and run each for FUZZ_SECONDS (default 60)
	@scripts/install-packages build fuzz
	@scripts/fuzz

compose-test: ## build the image, run docker-compose.yml, kill the containers, find everything again
	@scripts/compose-test

.PHONY: generated print-lint-flags
generated: $(PB_H) $(SQL_H) ## only what is generated: codecs and SQL headers

print-lint-flags:
	@echo -std=c17 -D_GNU_SOURCE $(INC) $(PKG_CFLAGS) -Wall -Wextra -Wshadow -Wconversion

.PHONY: format
format: ## lay out the C sources as `make lint` wants them
	@find services tests -name '*.[ch]' | xargs clang-format -i
