# SPDX-License-Identifier: MIT
#
# The test runner is tests/run; what it needs is built first.
