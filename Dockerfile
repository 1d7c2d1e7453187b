# One image for web, worker and beat; compose.yaml says which is which.
FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt -c constraints.txt

FROM python:3.12-slim
# What deployers run: git fetches, bubblewrap is the sandbox; builders of sites as in docs/operations.md.
RUN apt-get update && apt-get install --yes --no-install-recommends bubblewrap git hugo jekyll npm && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 registry && mkdir /data && chown registry /data
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY registry_site registry_site
COPY catalog catalog
COPY deployments deployments
COPY indexer indexer
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 REGISTRY_VAR_DIR=/data
# Static files are collected at build time; the key is needed to load settings, and signs nothing. What root makes
# in its own folder meanwhile is not in the way of the user that runs the registry.
RUN REGISTRY_VAR_DIR=/tmp/build DJANGO_SECRET_KEY=only-for-collectstatic DJANGO_ALLOWED_HOSTS=build \
    python manage.py collectstatic --no-input --verbosity 0 && rm -r /tmp/build
USER registry
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "registry_site.asgi:application", "--worker-class", "uvicorn_worker.UvicornWorker", "--workers", "2", "--bind", "0.0.0.0:8000", "--no-control-socket"]
