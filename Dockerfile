# Four images from one file: database, program and nginx run (docker-compose.yml), build makes the program.
FROM debian:bookworm-slim AS base
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
# The same numbers in every image: the program's socket is on a volume that nginx shares.
RUN groupadd --system --gid 900 roster && useradd --system --uid 900 --gid 900 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin roster

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /roster
COPY Makefile ./
COPY nginx/packages.sh nginx/
RUN make build/.deps-build
COPY cgi cgi
COPY db db
COPY templates templates
COPY static static
RUN make

FROM base AS database
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-15 postgresql-15-hypopg && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/15
COPY nginx/lib/processes.sh /roster/nginx/lib/
COPY nginx/docker/database.sh /roster/nginx/docker/
VOLUME /var/lib/postgresql
ENTRYPOINT ["bash", "/roster/nginx/docker/database.sh"]

FROM base AS program
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 libtalloc2 libsodium23 libjansson4 libctemplate3 libfcgi0ldbl liboath0 libqrencode4 libzxcvbn0 pgbouncer postgresql-client-15 graphviz && rm -rf /var/lib/apt/lists/*
WORKDIR /roster
COPY nginx/lib nginx/lib
COPY nginx/pgbouncer.ini.in nginx/
COPY nginx/docker nginx/docker
COPY migrations migrations
COPY seeds seeds
COPY templates templates
COPY --from=build /roster/build/roster /roster/build/roster.fcgi build/
ENV ROSTER_VAR=/var/lib/roster ROSTER_ENV=/var/lib/roster/run/env ROSTER_TEMPLATES=/roster/templates
RUN install -d -o roster -g roster -m 750 /run/roster /var/lib/roster && ln -s /roster/build/roster /usr/local/bin/roster
VOLUME /var/lib/roster
ENTRYPOINT ["bash", "/roster/nginx/docker/program.sh"]

FROM base AS nginx
RUN apt-get update && apt-get install -y --no-install-recommends nginx && rm -rf /var/lib/apt/lists/*
WORKDIR /roster
COPY nginx nginx
COPY --from=build /roster/build/static static
EXPOSE 80
ENTRYPOINT ["bash", "/roster/nginx/docker/nginx.sh"]
