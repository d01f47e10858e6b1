# Builds, runs and tests Roster. `make help` lists what it can do.
#
# Everything that is made goes to $(BUILD). Objects are kept in two archives, so that a program takes only what it
# needs: db.a (the data side, with the models) and cgi.a (the web side).

BUILD  ?= build
# The data models to build with: make MODELS=path/to/other.c
MODELS ?= db/models.c
# The fuzz targets are made by another compiler, so they and all that they are linked with have a folder of their own.
FUZZ_BUILD ?= $(BUILD)/fuzz

CC  = gcc
CXX = g++

# A sanitizer build (make asan) does without _FORTIFY_SOURCE, whose checked calls hide accesses from the sanitizers.
FORTIFY   = -D_FORTIFY_SOURCE=2
SANITIZE  =
COVERAGE  =
EXTRA     =
WARNINGS  = -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wformat=2 -Wundef
HARDENING = $(FORTIFY) -fstack-protector-strong -fPIE
OPTIMISE  = -O2 -g
COMMON    = $(OPTIMISE) $(WARNINGS) $(HARDENING) $(SANITIZE) $(COVERAGE) $(EXTRA)
STANDARD  = c17
CFLAGS    = -std=$(STANDARD) $(COMMON) -Wmissing-prototypes -Wstrict-prototypes
CXXFLAGS  = -std=c++17 $(COMMON)
CPPFLAGS  = -D_GNU_SOURCE -I$(BUILD)/gen $(PACKAGE_FLAGS)
LDFLAGS   = -pie -Wl,-z,relro,-z,now $(SANITIZE) $(COVERAGE)

# Asked for once, and only by a recipe: on a fresh machine these packages arrive while make runs.
PACKAGES      = libpq talloc libsodium jansson liboath libctemplate fcgi libqrencode
PACKAGE_FLAGS = $(eval PACKAGE_FLAGS := $(shell pkg-config --cflags $(PACKAGES)))$(PACKAGE_FLAGS)
DB_LIBS       = $(eval DB_LIBS := $(shell pkg-config --libs libpq talloc libsodium jansson liboath) -lzxcvbn -lm)$(DB_LIBS)
CGI_LIBS      = $(eval CGI_LIBS := $(shell pkg-config --libs libctemplate fcgi libqrencode))$(CGI_LIBS)
CHECK_LIBS    = $(eval CHECK_LIBS := $(shell pkg-config --libs check))$(CHECK_LIBS)

DB_OBJECTS  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out db/roster.c db/models.c,$(wildcard db/*.c))) $(BUILD)/models.o
CGI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out cgi/main.c,$(wildcard cgi/*.c))) $(BUILD)/cgi/view.o
MAINS       := $(BUILD)/db/roster.o $(BUILD)/cgi/main.o
UNIT_TESTS  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
DB_TESTS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/db/*.c))
FUZZ_TARGETS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))
HOLES       := $(BUILD)/holes/roster.fcgi
OBJECTS     := $(DB_OBJECTS) $(CGI_OBJECTS) $(MAINS) $(BUILD)/tests/scan/holes.o \
               $(addsuffix .o,$(UNIT_TESTS) $(DB_TESTS) $(FUZZ_TARGETS))
PROGRAMS    := $(BUILD)/roster $(BUILD)/roster.fcgi
TEMPLATES   := $(wildcard templates/*.tpl)
STATIC      := $(wildcard static/*.css static/*.js static/*.svg static/*.html static/*.txt)
SCRIPTS      = nginx/*.sh nginx/lib/*.sh nginx/docker/*.sh tests/*.sh tests/*/*.sh templates/make-names static/make-assets .ci/run

# One short line a step; V=1 shows the commands.
say = $(if $(V),,@echo '  $1' &&)

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all help deps run install uninstall test test-programs fuzz fuzz-programs fuzz-targets soak bench scan lint asan \
    valgrind coverage clean FORCE
export BUILD FUZZ_BUILD

all: $(PROGRAMS) $(BUILD)/gen/assets.h

help:
	@echo 'make            build the programs in $(BUILD)/'
	@echo 'make deps       install the Debian packages that building and running need'
	@echo 'make run        the whole site on http://127.0.0.1:8080/ (PORT=, ROSTER_VAR=); Ctrl-C stops it'
	@echo 'make install    put the programs, their files and systemd units below PREFIX (/usr/local); make uninstall'
	@echo 'make test       unit, database, HTTP and browser tests'
	@echo 'make fuzz       look for inputs that break the parsers (FUZZ_SECONDS=180 each, FUZZ=NAME for one)'
	@echo 'make soak       an hour of load with workers and the database killed at random (SOAK_SECONDS=)'
	@echo 'make bench      measure against the same statements without the program'
	@echo 'make scan       attack every form and parameter with sqlmap and wapiti (MINUTES=5: as much as fits)'
	@echo 'make lint       clang-tidy, cppcheck, shellcheck'
	@echo 'make asan       make test with the address and undefined-behaviour sanitizers'
	@echo 'make valgrind   the unit tests under valgrind'
	@echo 'make coverage   how much of cgi/ and db/ the tests reach, and $(BUILD)/coverage/index.html: which lines'
	@echo 'make clean      remove $(BUILD)/; the data in var/ stays'
	@echo 'MODELS=FILE     build with another models file'

# --- Packages -------------------------------------------------------------------------------------------------------

deps: $(BUILD)/.deps-build $(BUILD)/.deps-run

$(BUILD)/.deps-%: nginx/packages.sh
	@mkdir -p $(@D)
	@bash nginx/packages.sh $*
	@touch $@

# One apt-get at a time.
$(BUILD)/.deps-run: | $(BUILD)/.deps-build
$(BUILD)/.deps-test: | $(BUILD)/.deps-run
$(BUILD)/.deps-bench $(BUILD)/.deps-lint: | $(BUILD)/.deps-test

# --- Programs -------------------------------------------------------------------------------------------------------

# Whoever edited the models hears here what is wrong with them; make then removes the program again.
$(BUILD)/roster: $(BUILD)/db/roster.o $(BUILD)/db.a
	$(call say,link     $@) $(CC) $(LDFLAGS) -o $@ $^ $(DB_LIBS)
	@$@ check --models

$(BUILD)/roster.fcgi: $(BUILD)/cgi/main.o $(BUILD)/cgi.a $(BUILD)/db.a | $(BUILD)/roster
	$(call say,link     $@) $(CXX) $(LDFLAGS) -o $@ $^ $(CGI_LIBS) $(DB_LIBS)

$(BUILD)/db.a: $(DB_OBJECTS)
$(BUILD)/cgi.a: $(CGI_OBJECTS)
$(BUILD)/%.a:
	@rm -f $@
	$(call say,archive  $@) ar rcs $@ $^

$(UNIT_TESTS) $(DB_TESTS): %: %.o $(BUILD)/cgi.a $(BUILD)/db.a
	$(call say,link     $@) $(CXX) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(CGI_LIBS) $(DB_LIBS)

# libFuzzer brings main.
$(FUZZ_TARGETS): %: %.o $(BUILD)/cgi.a $(BUILD)/db.a
	$(call say,link     $@) $(CXX) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(CGI_LIBS) $(DB_LIBS)
# A program with holes, beside its own copy of the command: what the scanners must find, and never the site's.
$(HOLES): $(BUILD)/tests/scan/holes.o $(BUILD)/cgi/main.o $(BUILD)/cgi.a $(BUILD)/db.a | $(BUILD)/roster
	@mkdir -p $(@D)
	@ln -sf ../roster $(@D)/roster
	$(call say,link     $@) $(CXX) $(LDFLAGS) -Wl,--wrap=list_page,--wrap=form_new_post -o $@ $^ $(CGI_LIBS) $(DB_LIBS)

$(OBJECTS): $(BUILD)/.flags | $(BUILD)/.deps-build
$(CGI_OBJECTS) $(BUILD)/cgi/main.o: | $(BUILD)/gen/names.h $(BUILD)/gen/assets.h
$(addsuffix .o,$(UNIT_TESTS) $(DB_TESTS) $(FUZZ_TARGETS)): | $(BUILD)/.deps-test $(BUILD)/gen/names.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,compile  $<) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,compile  $<) $(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

# So that what is said about the models can name their file.
$(BUILD)/db/schema_source.o: CPPFLAGS += -DMODELS_FILE='"$(MODELS)"'
$(BUILD)/db/schema_source.o: $(BUILD)/.models

$(BUILD)/models.o: $(MODELS) $(BUILD)/.models
	$(call say,compile  $<) $(CC) $(CPPFLAGS) -Idb $(CFLAGS) -MMD -MP -c -o $@ $<
	@echo '$<:' >>$(@:.o=.d) # so that a models file that is gone stops nobody who builds with another

# The names in the templates as C constants; it also refuses a template that does not parse.
$(BUILD)/gen/names.h: $(TEMPLATES) templates/make-names | $(BUILD)/.deps-build
	@mkdir -p $(@D)
	$(call say,names    $@) templates/make-names $@ $(TEMPLATES)

# What nginx serves, $(BUILD)/static/, and its addresses as C constants.
$(BUILD)/gen/assets.h: $(STATIC) static/make-assets
	$(call say,assets   $@) static/make-assets $@ $(BUILD)/static $(STATIC)

# Files that hold a choice made on the command line and become newer only when it changes.
$(BUILD)/.models: CHOICE = $(MODELS)
$(BUILD)/.flags: CHOICE = $(CC) $(CXX) $(CFLAGS) $(LDFLAGS)
$(BUILD)/.models $(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CHOICE)' | cmp -s - $@ || echo '$(CHOICE)' >$@

-include $(OBJECTS:.o=.d)

# --- Running --------------------------------------------------------------------------------------------------------

# The site stops when make is gone, however make went.
run: all $(BUILD)/.deps-run
	@exec bash nginx/site.sh --with-parent

# --- Installing -----------------------------------------------------------------------------------------------------

# Not made here, so that root never builds: make, then sudo make install. nginx/install.sh tells what it takes.
install uninstall:
	@BUILD=$(BUILD) bash nginx/install.sh $@

# --- Tests ----------------------------------------------------------------------------------------------------------

test-programs: $(UNIT_TESTS) $(DB_TESTS) $(HOLES)

fuzz-programs: | $(BUILD)/.deps-test
	@$(MAKE) BUILD=$(FUZZ_BUILD) CC=clang CXX=clang++ FORTIFY= COVERAGE= OPTIMISE='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzz-targets

fuzz-targets: $(FUZZ_TARGETS)

fuzz: fuzz-programs
	@exec bash tests/fuzz/run.sh $(FUZZ)

test: all test-programs fuzz-programs $(BUILD)/.deps-test
	@exec bash tests/run.sh

# An hour of load with processes killed at random; make test has five minutes of it.
soak: all $(BUILD)/.deps-test
	@SOAK_SECONDS=$${SOAK_SECONDS:-3600} bash tests/run.sh http/soak.test && cat $(BUILD)/soak.txt

bench: all $(BUILD)/.deps-bench
	@exec bash tests/bench/run.sh

# Hours; a short form of it is among the tests.
scan: all test-programs $(BUILD)/.deps-test
	@exec node tests/scan/scan.mjs $(MINUTES)

asan:
	@MEMORY_GROWTH_KB=8192 $(MAKE) BUILD=$(BUILD)/asan FUZZ_BUILD=$(FUZZ_BUILD) FORTIFY= SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
	    OPTIMISE='-O1 -g -fno-omit-frame-pointer' test

valgrind: test-programs $(BUILD)/.deps-lint
	@set -e; for program in $(UNIT_TESTS); do \
	    CK_FORK=no valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
	        --error-exitcode=9 $$program; done

# The programs add what they have reached to a file beside each object. The site's are another user's, so the files are
# there beforehand for everybody to write. With gnu17, gcc knows fork and exec, and counts what a child does before exec.
coverage: $(BUILD)/.deps-lint
	@$(MAKE) $(COVERAGE_BUILD) all test-programs
	@find $(BUILD)/coverage -name '*.gcno' | sed 's/gcno$$/gcda/' | while read -r file; do : >$$file && chmod 666 $$file; done
	@find $(BUILD)/coverage -type d -exec chmod a+rwx {} +
	@$(MAKE) $(COVERAGE_BUILD) test
	@gcovr -j $(shell nproc) --root . --object-directory $(BUILD)/coverage --filter cgi/ --filter db/ --print-summary \
	    --html-details $(BUILD)/coverage/index.html --fail-under-line 90 $(BUILD)/coverage/cgi $(BUILD)/coverage/db
COVERAGE_BUILD = BUILD=$(BUILD)/coverage FUZZ_BUILD=$(FUZZ_BUILD) FORTIFY= STANDARD=gnu17 \
    COVERAGE='--coverage -fprofile-update=atomic' OPTIMISE='-O0 -g'

# The suppression: view.cc fills a buffer within the call that reads it, which cppcheck cannot follow.
lint: $(BUILD)/gen/names.h $(BUILD)/gen/assets.h $(BUILD)/.deps-lint
	shellcheck -x -P SCRIPTDIR $(wildcard $(SCRIPTS))
	cppcheck --quiet --std=c17 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --suppress=missingIncludeSystem --suppress=uninitvar:cgi/view.cc -D_GNU_SOURCE -I$(BUILD)/gen db cgi tests/unit tests/db tests/scan tests/fuzz
	@echo clang-tidy db cgi tests; printf '%s\n' $(wildcard db/*.c cgi/*.c tests/unit/*.c tests/db/*.c tests/scan/*.c tests/fuzz/*.c) | xargs -P $(shell nproc) -n 1 \
	    sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- -std=c17 $(CPPFLAGS) -Wall -Wextra 2>/dev/null' sh

clean:
	rm -rf $(BUILD)
