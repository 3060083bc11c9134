# make help     what there is to make
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:

MODE ?= dev# dev, asan, tsan, cover, fuzz, release
ifeq ($(origin CC),default)
CC   := gcc
endif
B    ?= build/$(MODE)
Q    := $(if $(V),,@)# V=1 shows the commands

WERROR ?= -Werror# packagers: WERROR=
STD   := -std=c17 -D_POSIX_C_SOURCE=200809L -I. -isystem /usr/include/libxml2
WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
         -Wdouble-promotion -Wformat=2 -Wnull-dereference -Wundef -Wvla \
         -Wcast-qual -Wcast-align -Wwrite-strings \
         -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
         -Wredundant-decls -Wnested-externs -Wswitch-enum \
         -Wimplicit-fallthrough -Wdate-time $(WERROR)
ifneq (,$(findstring gcc,$(CC)))
WARN  += -Wformat-overflow=2 -Wformat-truncation=0 -Wcast-align=strict \
         -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
         -Warith-conversion -Walloca -Wstack-usage=16384
endif
HARD  := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
         -fno-common -fPIE

NO_STACK := $(if $(findstring gcc,$(CC)),-Wno-stack-usage)
dev_C     := -Og -g3
asan_C    := -DCONFINE_OFF -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=all \
             -fno-omit-frame-pointer $(NO_STACK)
tsan_C    := -DCONFINE_OFF -O1 -g3 -fsanitize=thread $(NO_STACK)
cover_C   := -DCONFINE_OFF -O0 -g3 --coverage $(NO_STACK)
fuzz_C    := -DCONFINE_OFF -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
             -fno-sanitize-recover=all
release_C := -O2 -g -D_FORTIFY_SOURCE=2 -flto=auto
asan_L    := -fsanitize=address,undefined
tsan_L    := -fsanitize=thread
cover_L   := --coverage
fuzz_L    := -fsanitize=address,undefined
release_L := -flto=auto -Wl,-z,relro,-z,now,-z,noexecstack -pie

CFLAGS  += $(STD) $(WARN) $(HARD) $($(MODE)_C)
LDFLAGS += -Wl,--as-needed $($(MODE)_L)

# Layers, lowest first.  A list here is a promise: tests/lint/layers checks it.
BASE   := $(wildcard sync/base/*.c)
CORE   := $(wildcard sync/*.c)
SYS    := $(wildcard sync/sys/*.c)
SCHEMA := $(filter-out schema/main.c,$(wildcard schema/*.c))
SERVER := $(filter-out server/main.c,$(wildcard server/*.c))
CLIENT := $(filter-out client/main.c,$(wildcard client/*.c))
SIM    := $(filter-out $(wildcard tests/sim/t_*.c),$(wildcard tests/sim/*.c))
TESTS  := $(wildcard tests/unit/t_*.c tests/golden/t_*.c tests/sim/t_*.c)
BENCH  := $(wildcard tests/bench/bench_*.c)
FUZZ   := $(wildcard tests/fuzz/fuzz_*.c)
SH     := $(wildcard tests/e2e/*.sh)
ALL    := $(shell git ls-files -co --exclude-standard '*.[ch]' 2>/dev/null || \
            find . -name '*.[ch]' -not -path './build/*')

core_LIBS   := -lmsgpackc -lgit2
sys_LIBS    := -lsqlite3 -lmbedx509 -lmbedcrypto -lzstd -levent_core -levent_extra -lpthread
schema_LIBS := -lyaml -ljansson
server_LIBS := -lcurl -lxml2 -lm -lmd4c-html -lqrencode -lpng -lmbedtls -lmbedx509 -lmbedcrypto -lseccomp
client_LIBS := -lcurl -largon2 -ljpeg -lpng

obj     = $(patsubst %.c,$(B)/%.o,$(1))
LIBCORE   := $(B)/libcore.a
LIBSYS    := $(B)/libsys.a
LIBSCHEMA := $(B)/libschema.a
LIBSERVER := $(B)/libserver.a
LIBCLIENT := $(B)/libclient.a
LIBSIM    := $(B)/libsim.a
PROGRAMS  := $(B)/stoep $(B)/stoepd $(B)/stoep-schema

.PHONY: all deps test browser check demo lint help fmt tidy analyze fuzz sim mutate kills attack bench cover clean
all: $(PROGRAMS)             ## build stoep, stoepd and stoep-schema

deps:                        ## install what is missing (Debian packages)
	@packaging/install-deps packaging/build-deps

test: deps                   ## build and run every test
	@packaging/install-deps packaging/test-deps
	@$(MAKE) --no-print-directory check

demo: deps                   ## the main job, end to end, on one real working day
	@$(MAKE) --no-print-directory all $(B)/tests/e2e/expect $(B)/tests/town/town
	@tests/e2e/demo $(B)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC   $<'
	$Q$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The record types that ship with the product, as one text inside the programs.
TYPES := $(sort $(wildcard schema/types/*.yaml))
$(B)/gen/types_bundle: $(TYPES) Makefile
	@mkdir -p $(@D)
	$Qfor f in $(TYPES); do printf -- '--- # %s\n' $${f##*/}; cat $$f; done >$@
$(B)/gen/types_bundle.o: $(B)/gen/types_bundle
	$Qcd $(@D) && ld -r -b binary -z noexecstack -o types_bundle.o types_bundle

# The pages, as one text inside the program that serves them.
WEB      := client/web
LIBS_WEB := build/npm
define npm_ci
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@echo '  NPM  $(@D)'
	$Qcd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
endef
$(LIBS_WEB)/done: $(WEB)/package.json $(WEB)/package-lock.json
	$(npm_ci)
web_FILES = $(foreach f,$(wildcard $(WEB)/$(1)/*),$(1)/$(notdir $(f))=$(f))
worker_WEB := index.html=$(WEB)/worker/index.html \
    $(call web_FILES,common) $(filter-out worker/index.html=%,$(call web_FILES,worker)) \
    lib/utrecht.css=$(B)/gen/utrecht.css \
    lib/leaflet.js=$(LIBS_WEB)/node_modules/leaflet/dist/leaflet.js \
    lib/leaflet.css=$(LIBS_WEB)/node_modules/leaflet/dist/leaflet.css
UTRECHT := root link button form-label form-field form-field-description \
    textbox textarea select checkbox radio-button alert
$(B)/gen/utrecht.css: $(LIBS_WEB)/done Makefile
	@mkdir -p $(@D)
	$Qfor c in $(UTRECHT); do cat $(LIBS_WEB)/node_modules/@utrecht/$$c-css/dist/index.css; echo; done >$@
$(B)/gen/worker_web: $(wildcard $(WEB)/*/*) $(B)/gen/utrecht.css $(LIBS_WEB)/done packaging/bundle-web Makefile
	@mkdir -p $(@D)
	$Qpackaging/bundle-web $(worker_WEB) >$@
$(B)/gen/worker_web.o: $(B)/gen/worker_web
	$Qcd $(@D) && ld -r -b binary -z noexecstack -o worker_web.o worker_web
# Of common/ what the desk needs: the rest is for doors.
desk_WEB := $(foreach f,index missing,$f.html=$(WEB)/desk/$f.html) \
    $(foreach f,dom.js i18n.js page.js nl.json theme.css base.css icon.svg,common/$f=$(WEB)/common/$f) \
    $(filter-out %.html,$(call web_FILES,desk)) lib/utrecht.css=$(B)/gen/utrecht.css
$(B)/gen/desk_web: $(wildcard $(WEB)/*/*) $(B)/gen/utrecht.css packaging/bundle-web Makefile
	@mkdir -p $(@D)
	$Qpackaging/bundle-web $(desk_WEB) >$@
$(B)/gen/desk_web.o: $(B)/gen/desk_web
	$Qcd $(@D) && ld -r -b binary -z noexecstack -o desk_web.o desk_web

define archive
	@rm -f $@
	$Q$(AR) rcsD $@ $^
endef
$(LIBCORE): $(call obj,$(BASE) $(CORE));  $(archive)
$(LIBSYS): $(call obj,$(SYS));            $(archive)
$(LIBSCHEMA): $(call obj,$(SCHEMA)) $(B)/gen/types_bundle.o; $(archive)
$(LIBSERVER): $(call obj,$(SERVER)) $(B)/gen/desk_web.o; $(archive)
$(LIBCLIENT): $(call obj,$(CLIENT)) $(B)/gen/worker_web.o; $(archive)
$(LIBSIM): $(call obj,$(SIM));            $(archive)

LOW      := $(LIBSCHEMA) $(LIBSYS) $(LIBCORE)
LOW_LIBS := $(schema_LIBS) $(sys_LIBS) $(core_LIBS)
define link
	@echo '  LD   $@'
	$Q$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
endef
$(B)/stoep-schema: $(call obj,schema/main.c) $(LOW)
	$(link) $(LOW_LIBS)
$(B)/stoepd: $(call obj,server/main.c) $(LIBSERVER) $(LOW)
	$(link) $(server_LIBS) $(LOW_LIBS)
$(B)/stoep: $(call obj,client/main.c) $(LIBCLIENT) $(LOW)
	$(link) $(client_LIBS) $(LOW_LIBS)

test_LIBS := -lcmocka $(server_LIBS) $(client_LIBS) $(LOW_LIBS)
$(B)/tests/sim/%: $(B)/tests/sim/%.o $(LIBSIM) $(LIBSERVER) $(LIBCLIENT) $(LOW)
	$(link) $(test_LIBS)
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(LIBSERVER) $(LIBCLIENT) $(LOW)
	$(link) -fsanitize=fuzzer $(test_LIBS)
$(B)/tests/unit/t_merge_kinds: $(addprefix $(B)/tests/sim/model,.o _emptied.o) # the reference
$(B)/tests/town/town: $(call obj,$(filter-out tests/town/town.c,$(wildcard tests/town/*.c)))
$(B)/tests/%: $(B)/tests/%.o $(LIBSERVER) $(LIBCLIENT) $(LOW)
	$(link) $(test_LIBS)

TEST_BINS := $(patsubst %.c,$(B)/%,$(TESTS))
# What is only run now and then is compiled each time all the same.
# The pages are tested where there is a browser (packaging/test-deps).
# A test is NAME.sh and its NAME.mjs; other scripts there are theirs to use.
BROWSER := $(if $(shell command -v chromium),\
    $(patsubst %.mjs,%.sh,$(filter-out %/stage.mjs,$(wildcard tests/browser/*.mjs))))
BROWSER := $(wildcard $(BROWSER))
LIBS_BROWSER := build/npm-browser
$(LIBS_BROWSER)/done: tests/browser/package.json tests/browser/package-lock.json
	$(npm_ci)
browser: $(PROGRAMS) $(LIBS_BROWSER)/done ## the pages in a real browser, alone (chromium, nodejs)
	@tests/run $(B) $(BROWSER)
check: $(PROGRAMS) $(if $(BROWSER),$(LIBS_BROWSER)/done) $(TEST_BINS) $(call obj,$(FUZZ) $(BENCH)) $(B)/tests/e2e/expect $(B)/tests/e2e/elapse $(B)/tests/e2e/killat $(B)/tests/e2e/photo $(B)/tests/town/town ## run every test, nothing installed (MODE=asan|tsan|release|cover)
	@[ -n "$(BROWSER)" ] || echo 'no chromium: the pages are not tested'
	@tests/run $(B) $(TEST_BINS) $(SH) $(BROWSER)

lint: deps $(LIBCORE) $(LIBSYS) $(LIBSCHEMA) $(LIBCLIENT) ## layers, purity, sizes, language, format
	@tests/lint/layers $(ALL)
	@tests/lint/pure $(LIBCORE)
	@tests/lint/face $(LIBCLIENT) $(LOW)
	@tests/lint/size $(ALL)
	@tests/lint/mutations tests/mutate/list
	@tests/lint/web $(WEB) $(WEB)/common/nl.json
	@for f in $(wildcard $(WEB)/*/*.js tests/browser/*.mjs); do node --check $$f || exit 1; done
	@clang-format --dry-run -Werror $(ALL)
	@echo 'lint: clean'

fmt:                         ## format in place
	clang-format -i $(ALL)

tidy:                        ## clang-tidy
	clang-tidy --quiet $(filter %.c,$(ALL)) -- $(STD)

analyze:                     ## gcc -fanalyzer and cppcheck
	@for f in $(BASE) $(CORE) $(SYS) $(SCHEMA) $(SERVER) $(CLIENT); do \
	    $(CC) $(STD) -O1 -fanalyzer -Werror -c -o /dev/null $$f || exit 1; done
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability -I. \
	    $(BASE) $(CORE) $(SYS) $(SCHEMA) $(SERVER) $(CLIENT)

T ?= all
S ?= 60
fuzz:                        ## T=all S=60: fuzz one target, or each in turn, for S seconds
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang WERROR= \
	    $(patsubst %.c,build/fuzz/%,$(if $(filter all,$(T)),$(FUZZ),tests/fuzz/fuzz_$(T).c))
	@tests/fuzz/run build/fuzz $(S) \
	    $(if $(filter all,$(T)),$(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ)),$(T))

sim: $(B)/tests/sim/t_sim    ## SEEDS=10000 FROM=1 PLAN='the line is bad' | SEED=17: long runs of the simulator
	@$< $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) \
	    $(if $(FROM),--from $(FROM)) $(if $(PLAN),--plan "$(PLAN)")

mutate: $(TEST_BINS) $(PROGRAMS) ## ONLY=text: does some test catch each small fault of a list?
	@tests/mutate/run $(B) $(if $(ONLY),"$(ONLY)")

kills: $(PROGRAMS)           ## N=300: kill the real programs so many times, under load
	@tests/e2e/kills $(B) $(or $(N),300)

ATTACKS := $(B)/tests/unit/t_attack $(B)/tests/unit/t_attack_states
attack: $(ATTACKS)           ## N=5000 FROM=1: so many small towns whose protected figures are combined
	@for t in $(ATTACKS); do $$t $(or $(FROM),1) $(or $(N),5000) || exit 1; done

bench: deps                  ## measure, each figure beside its yardstick
	@$(MAKE) --no-print-directory MODE=release bench-run
bench-run: $(PROGRAMS) $(B)/tests/town/town $(patsubst %.c,$(B)/%,$(BENCH))
	@tests/bench/run $(B)

cover:                       ## COVER_FILES=1 COVER_MISSED=sync/x.c: line and branch coverage
	@find build/cover -name '*.gcda' -delete 2>/dev/null || true
	$(MAKE) MODE=cover check
	@tests/cover build/cover

clean:                       ## remove what was built
	rm -rf build

help:                        ## this text
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
	    expand -t 12

-include $(shell find $(B) -name '*.d' 2>/dev/null)
