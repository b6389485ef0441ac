# syntax=docker/dockerfile:1
# The image of every process of the portal: web, worker, beat and migrations.

FROM node:24-trixie-slim AS frontend
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY frontend frontend
COPY static static
RUN npm run build

FROM python:3.13-slim-trixie AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY deploy/requirements.lock /requirements.lock
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r /requirements.lock

FROM python:3.13-slim-trixie
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Pango for PDFs. The distribution's security updates matter more here than a version that never changes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libfontconfig1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home portal \
    && install -d -o portal -g portal -m 0700 /srv/files
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=taskforce.settings \
    PORTAL_FILES=/srv/files PORTAL_STATIC_ROOT=/app/staticfiles \
    XDG_CACHE_HOME=/tmp/cache FONTCONFIG_FILE=/app/static/build/fonts/fonts.conf
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=frontend /build/static/build static/build
RUN PORTAL_SECRET_KEY=only-for-collecting-static-files DATABASE_URL=postgresql://unused/unused \
    VALKEY_URL=redis://unused:6379/0 python manage.py collectstatic --noinput --verbosity=0 --ignore='*.ttf' --ignore=fonts.conf \
    && PORTAL_SECRET_KEY=only-for-this-step DATABASE_URL=postgresql://unused/unused VALKEY_URL=redis://unused:6379/0 \
    python manage.py compile_translations && python -m compileall -q .
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "taskforce.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket", \
     "--worker-tmp-dir", "/tmp", "--graceful-timeout", "15", "--max-requests", "5000", "--max-requests-jitter", "500"]
