#!/usr/bin/env bash
# Builds the image and starts it, on a Debian machine without a container registry: the base is made from Debian's mirror and from the
# packages of npm. It then asks the gateway a request and for its health, and prints how large the image is. Needs root.
#   deploy/image/build-and-start.sh [FOLDER]
# FOLDER keeps base and image for the next time; /var/tmp/tidegate-image without it. Nothing else is left behind.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mkdir -p "${1:-/var/tmp/tidegate-image}" && cd "${1:-/var/tmp/tidegate-image}" && pwd)
uid=65532
say() { echo "== $*"; }
fail() { echo "build-and-start: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "needs root, to make file systems: run it with sudo"
missing=()
for tool in buildah debootstrap curl npm; do command -v "$tool" > /dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" > /dev/null
fi
image() { buildah --storage-driver vfs --root "$folder/storage" --runroot "$folder/run" "$@"; }

# The base: Debian, and the newest Node 26 that npm has.
say "a base from Debian's mirror"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
eval "$(apt-config shell http_proxy Acquire::http::Proxy)" && export http_proxy="${http_proxy:-}"
suite=bookworm
if [ ! -e "$folder/debian/etc/debian_version" ]; then
  rm -rf "$folder/debian.half"
  debootstrap --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 "$suite" "$folder/debian.half" "$mirror" > "$folder/debootstrap.log" ||
    fail "debootstrap failed: see $folder/debootstrap.log"
  rm -rf "$folder/debian.half/var/cache/apt" "$folder/debian.half/var/lib/apt/lists"
  mv "$folder/debian.half" "$folder/debian"
fi
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) fail "npm has no Node for $(uname -m)" ;; esac
node=$(npm view "node-linux-$arch@26" version --json | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | sort -V | tail -1)
floor=$(sed -n 's/^ARG NODE_FLOOR=//p' "$repository/Dockerfile")
say "Node $node, the newest 26 that npm has"
if [ "$(printf '%s\n' "$floor" "$node" | sort -V | head -1)" != "$floor" ]; then
  say "it lacks fixes of Node $floor: this image is for trying out, not for strangers"
  floor=$node
fi
# Unpacks a package of npm.
package() {
  [ -e "$2" ] && return
  rm -rf "$folder/package" && mkdir "$folder/package"
  (cd "$folder/package" && npm pack --silent "$1" > /dev/null && tar -xzf ./*.tgz && rm ./*.tgz)
  mv "$folder/package/package" "$2"
}
package "node-linux-$arch@$node" "$folder/node-$node"
package npm@11 "$folder/npm"

if ! image inspect --type image "localhost/tidegate-runtime:$node" > /dev/null 2>&1; then
  # To build on: Debian with Node and npm.
  install -D "$folder/node-$node/bin/node" "$folder/debian/usr/local/bin/node"
  mkdir -p "$folder/debian/usr/local/lib/node_modules"
  cp -rT "$folder/npm" "$folder/debian/usr/local/lib/node_modules/npm"
  for name in npm npx; do ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$folder/debian/usr/local/bin/$name"; done
  chmod 755 "$folder"/debian/usr/local/lib/node_modules/npm/bin/*-cli.js
  container=$(image from scratch)
  image copy -q "$container" "$folder/debian" / > /dev/null
  image config --env PATH=/usr/local/bin:/usr/bin:/bin --env "npm_config_registry=$(npm config get registry)" "$container"
  # A machine behind a proxy that signs certificates itself trusts more than Debian does; so must what is fetched while building.
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    image copy -q "$container" "$NODE_EXTRA_CA_CERTS" /usr/local/share/build-authorities.pem > /dev/null
    image config --env NODE_EXTRA_CA_CERTS=/usr/local/share/build-authorities.pem "$container"
  fi
  image commit -q --rm "$container" "localhost/tidegate-base:$node" > /dev/null

  # To run on: Node and the libraries it needs. No shell, no package manager, nothing else.
  container=$(image from scratch)
  image copy -q "$container" "$folder/node-$node/bin/node" /usr/local/bin/node > /dev/null
  for library in $(chroot "$folder/debian" ldd /usr/local/bin/node | grep -oE '/[^ ]+'); do
    image copy -q "$container" "$(readlink -f "$folder/debian$library")" "$library" > /dev/null
  done
  printf 'hosts: files dns\n' > "$folder/nsswitch.conf"
  image copy -q "$container" "$folder/nsswitch.conf" /etc/nsswitch.conf > /dev/null
  image config --env PATH=/usr/local/bin "$container"
  image commit -q --rm "$container" "localhost/tidegate-runtime:$node" > /dev/null
fi

say "the image, by the Dockerfile"
image build --isolation chroot --format docker --build-arg "BASE=localhost/tidegate-base:$node" \
  --build-arg "RUNTIME=localhost/tidegate-runtime:$node" --build-arg "NODE_FLOOR=$floor" \
  -t localhost/tidegate -f "$repository/Dockerfile" "$repository" > "$folder/build.log" 2>&1 ||
  { tail -20 "$folder/build.log" >&2; fail "the build failed: see $folder/build.log"; }
image rmi --prune > /dev/null 2>&1 || true

# Started as a container runtime would with `--read-only --cap-drop ALL --security-opt no-new-privileges`: buildah itself has no
# read-only root, so its file system is mounted here, in namespaces of its own, which end with the gateway.
say "starting it as user $uid on a read-only root"
container=$(image from localhost/tidegate)
root=$(image mount "$container")
mkdir -p "$root/proc" "$root/dev" "$root/tmp" "$folder/conf"
touch "$root/dev/null" "$root/dev/urandom"
cat > "$folder/conf/gateway.yaml" << 'YAML'
listeners: [{ name: web, address: ":8080" }]
routes: [{ name: all, to: origin }]
clusters: { origin: { endpoints: ["127.0.0.1:3000"] } }
admin: { health: { address: ":9902", metrics: on } }
workers: 2
YAML
word() { image inspect --type image --format "{{range .OCIv1.Config.$1}}{{.}}{{\"\\n\"}}{{end}}" localhost/tidegate; }
mapfile -t command < <(word Entrypoint; word Cmd)
mapfile -t environment < <(word Env)
rm -f "$folder/gateway.log" "$folder/access.log"
export root uid conf="$folder/conf"
setsid unshare --mount --net --pid --fork --kill-child --propagation private bash -euc '
  ip link set lo up
  mount --bind "$root" "$root"
  mount -o remount,ro,bind "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o size=64m tmpfs "$root/tmp"
  for device in null urandom; do mount --bind "/dev/$device" "$root/dev/$device"; done
  mount --bind "$conf" "$root/etc/tidegate"
  mount -o remount,ro,bind "$root/etc/tidegate"
  exec env -i "$@"
' start "${environment[@]}" "$(command -v setpriv)" --no-new-privs "$(command -v chroot)" --userspec="$uid:$uid" --groups= "$root" "${command[@]}" \
  > "$folder/access.log" 2> "$folder/gateway.log" &
outer=$!
origin=
finish() {
  [ -z "$origin" ] || kill "$origin" 2> /dev/null || true
  kill -9 "$outer" 2> /dev/null || true
  wait 2> /dev/null || true
  image rm "$container" > /dev/null
}
trap finish EXIT
until grep -qs '"message":"ready"' "$folder/gateway.log"; do
  kill -0 "$outer" 2> /dev/null || { tail -20 "$folder/gateway.log" >&2; fail "the gateway has ended"; }
  sleep 0.1
done
pid=$(pgrep -P "$outer" -x node || pgrep -P "$outer")
inside() { nsenter --target "$pid" --net "$@"; }
asUser() { env -i "$(command -v nsenter)" --target "$pid" --net --mount --pid --root --setuid "$uid" --setgid "$uid" "$@"; }
nsenter --target "$pid" --net "$folder/node-$node/bin/node" -e 'http.createServer((request, response) => response.end(`hello from the origin: ${request.url}\n`)).listen(3000, "127.0.0.1")' > /dev/null &
origin=$!
until inside curl -s -o /dev/null http://127.0.0.1:3000/; do sleep 0.1; done

say "a request, readiness, and the check of the image"
inside curl -sS --max-time 5 -w '%{http_code}\n' http://127.0.0.1:8080/shop
inside curl -sS --max-time 5 -w '\n%{http_code}\n' http://127.0.0.1:9902/readyz
asUser /usr/local/bin/node /app/healthcheck.mjs && echo "healthcheck: 0"

say "what it runs as"
grep -E '^(Uid|Groups|CapEff|NoNewPrivs):' "/proc/$pid/status"
asUser /usr/local/bin/node -e 'for (const name of ["/app/x", "/etc/tidegate/x", "/x"]) try { fs.writeFileSync(name, ""); console.log(name, "written") } catch (error) { console.log(name, error.code) }'
[ -e "$root/bin/sh" ] && echo "there is a shell" || echo "there is no shell"

say "SIGTERM, as Kubernetes sends it"
kill -TERM "$pid"
status=0
wait "$outer" || status=$?
echo "exit code $status"

say "size"
image images --format '{{.Name}} {{.Tag}} {{.Size}}' | grep tidegate
du -sm "$root/app" "$root/usr/local/bin/node" | sed "s#$root##; s#\t# MiB #"
