# Two images from one file: `serve` answers requests and holds neither torch nor librosa; `train` imports and trains.
FROM python:3.12-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends g++ libgomp1 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY cypher cypher
COPY graph graph
COPY ingest ingest
COPY gnn gnn
COPY recommend recommend
COPY api api
ENV PHONOGRAPH_HOME=/var/lib/phonograph PYTHONUNBUFFERED=1
RUN useradd --create-home --uid 1000 phonograph && mkdir -p /var/lib/phonograph && chown phonograph /var/lib/phonograph

FROM base AS serve
RUN pip install --no-cache-dir -c constraints.txt '.[rank]'
USER phonograph
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
CMD ["phonograph", "serve", "--host", "0.0.0.0", "--allow-remote", "--port", "8000"]

FROM base AS train
RUN pip install --no-cache-dir -c constraints.txt '.[train,rank,audio]'
USER phonograph
CMD ["sh", "-c", "phonograph import demo && phonograph train"]
