# Two images of one build. registry: web, worker, beat, migrate; the last, deployer, also has what builds sites.
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt -c constraints.txt

FROM ${PYTHON_IMAGE} AS registry
RUN useradd --system --uid 10001 registry && mkdir /data && chown registry /data
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY registry_site registry_site
COPY indexer indexer
COPY catalog catalog
COPY deployments deployments
# Nothing is written outside of /data and /tmp: the root file system may be read-only.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp REGISTRY_VAR_DIR=/data \
    GUNICORN_CMD_ARGS="--bind 0.0.0.0:8000"
# Static files are collected at build time; the key is needed to load settings, and signs nothing. What root makes
# in its own folder meanwhile is not in the way of the user that runs the registry.
RUN REGISTRY_VAR_DIR=/tmp/build DJANGO_SECRET_KEY=only-for-collectstatic DJANGO_ALLOWED_HOSTS=build \
    python manage.py collectstatic --no-input --verbosity 0 && rm -r /tmp/build
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "registry_site.start"]
CMD ["web"]

FROM registry AS deployer
USER 0
# git fetches, bubblewrap is the sandbox, the others build sites (docs/operations.md). Debian's security fixes are wanted,
# so no versions are pinned.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends bubblewrap git hugo jekyll npm && rm -rf /var/lib/apt/lists/*
USER 10001
# It answers nobody.
HEALTHCHECK NONE
CMD ["deployer"]
