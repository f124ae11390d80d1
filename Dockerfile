# Three steps: the pages (Node), the program (Python with build tools), and a slim image that holds only what runs.

FROM node:20-bookworm-slim AS pages
WORKDIR /src
COPY bot/widget/package.json bot/widget/package-lock.json bot/widget/.npmrc bot/widget/
COPY escalation/console/package.json escalation/console/package-lock.json escalation/console/.npmrc escalation/console/
RUN npm ci --prefix bot/widget --no-audit --no-fund && npm ci --prefix escalation/console --no-audit --no-fund
COPY bot/widget bot/widget
COPY escalation/console escalation/console
RUN npm run build --prefix bot/widget && npm run build --prefix escalation/console

FROM python:3.11-slim-bookworm AS program
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock ./
# The lock also names what tests need; as a constraint it only fixes versions of what the program asks for.
RUN python -m venv /opt/shudong && /opt/shudong/bin/pip install --constraint requirements.lock setuptools
COPY . .
COPY --from=pages /src/bot/widget/dist bot/widget/dist
COPY --from=pages /src/escalation/console/dist escalation/console/dist
RUN /opt/shudong/bin/pip install --constraint requirements.lock --no-build-isolation ".[postgres]"

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Shudong" \
      org.opencontainers.image.description="An open-source conversational hotline for young people's mental health" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 shudong \
    && useradd --system --uid 10001 --gid shudong --home-dir /var/lib/shudong --shell /usr/sbin/nologin shudong \
    && install -d -o shudong -g shudong -m 0700 /var/lib/shudong /var/lib/shudong-keys
COPY --from=program /opt/shudong /opt/shudong
ENV PATH=/opt/shudong/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SHUDONG_LISTEN=0.0.0.0:8080 \
    SHUDONG_DATA_DIR=/var/lib/shudong
USER 10001:10001
WORKDIR /var/lib/shudong
VOLUME ["/var/lib/shudong", "/var/lib/shudong-keys"]
EXPOSE 8080
# A clean stop drains: no new work, finish what runs, close.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['SHUDONG_LISTEN'].rsplit(':', 1)[1] + '/healthz', timeout=4).read()"]
CMD ["shudong", "serve"]
