# Short names for what CONTRIBUTING.md explains. Everything also works without make.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(UPGRADE)

.PHONY: run test check lock format messages

run:  ## the portal on this machine
	python3 run.py

test:  ## everything that must hold
	python3 run.py test

check:  ## the main job once, on throw-away state
	python3 run.py check

lock:  ## write the lock files anew; UPGRADE="--upgrade-package django" raises a version, UPGRADE=--upgrade all
	$(COMPILE) --extra local pyproject.toml -o requirements.lock
	$(COMPILE) --extra local --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements.lock pyproject.toml -o deploy/requirements.lock

format:  ## sort imports, format code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

messages:  ## collect the texts for translation
	python3 run.py manage makemessages --all --ignore node_modules --ignore .venv
