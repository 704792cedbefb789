# SPDX-License-Identifier: MIT
#
# Pages generated from tables and headers, checked in so that they can be read without building.
LIBOS_PAGE := $(GEN)/libos.md
$(LIBOS_PAGE): docs/gen_libos.py $(call files_below,libos,h)
	$(Q)mkdir -p $(@D) && $(PYTHON) docs/gen_libos.py $@

.PHONY: docs
docs: $(ABI_STAMP) $(LIBOS_PAGE) ## the generated pages, docs/abi.md and docs/libos.md
	$(Q)cp $(GEN)/abi.md $(LIBOS_PAGE) docs

.PHONY: screenshot
screenshot: $(RUN_ALL) ## docs/session.png, the picture in README.md
	@$(PYTHON) tests/console/screenshot.py docs/session.png
