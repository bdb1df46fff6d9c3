# Two commands matter: `make` builds everything and grades the demo class, `make test` proves it.
# The same without make, for Windows and macOS, is in README.md.

PYTHON ?= python3
BIN := .venv/bin
# nbgrader calls alembic by its name, so the environment has to be on PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# One thread for BLAS: with two, small products take many times longer.
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := all
.PHONY: all env exercises book demo test lint verify serve screenshots pdf clean help

all: demo book ## Build the notebooks and the book, grade the demo class (the default)
	@$(BIN)/python tools/summary.py

env:
	@$(PYTHON) tools/bootstrap.py

exercises: env ## Build the student notebooks
	@$(BIN)/autograder build

book: exercises ## Build both editions of the book (EDITION=student or instructor: one)
	@$(BIN)/python tools/build_book.py $(if $(EDITION),--edition $(EDITION))

demo: exercises ## Grade the demo class and print its grade table
	@$(BIN)/autograder demo

test: env lint ## Everything: lint, drift, book, verify, unit and browser tests
	@$(BIN)/autograder build --check
	@$(BIN)/python tools/build_book.py
	@$(BIN)/autograder verify
	@$(BIN)/python -m pytest

lint: env ## Check format and style
	@$(BIN)/ruff format --check --quiet . || { echo "To mend it: .venv/bin/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .

verify: env ## Prove the tests: reference, stubs, misconceptions, alternatives
	@$(BIN)/autograder verify

serve: book ## Serve the book on http://localhost:8000 (Python in the page needs it)
	@cd _build/html && ../../$(BIN)/python -m http.server 8000 --bind 127.0.0.1

screenshots: book ## Photograph every page: light, dark, phone
	@$(BIN)/python tools/screenshots.py

pdf: book ## Print the whole book to _build/book.pdf
	@$(BIN)/python tools/make_pdf.py

clean: ## Remove what was built (the gradebook/ of a class is never touched)
	rm -rf _build dist

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
