# Headwater in a container: the wheel and its pinned requirements, no compiler, no root.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt \
 && python -m venv /opt/headwater && /opt/headwater/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY lineage lineage
COPY collectors collectors
COPY api api
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/headwater/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home headwater && install -d -o headwater -g headwater /data
COPY --from=build /opt/headwater /opt/headwater
ENV PATH=/opt/headwater/bin:$PATH HEADWATER_DATA=/data HEADWATER_HOST=0.0.0.0 HEADWATER_PORT=8765
USER headwater
VOLUME /data
EXPOSE 8765
# `serve` refuses to listen beyond loopback without HEADWATER_API_KEY: give one.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["headwater", "serve"]
