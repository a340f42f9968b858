#!/usr/bin/env bash
# Installs or updates ot-anomaly-detector from a bundle, without a network.
#
#   bash install.sh --key <public key> [--prefix /opt/ot-anomaly] [folder of the unpacked bundle]
#
# Needs bash, tar and Node 20.19 or later. The public key (base64, as "ot-anomaly key new" prints it) must have come another
# way than the bundle. So must this script and verify.mjs beside it: compare their SHA-256 with what "npm run bundle" printed,
# or use those of an installation that you trust.
#
# Each version has a folder of its own under <prefix>/releases; <prefix>/current points at the one in use and is moved in one
# step, last. To go back: ln -sfn releases/<version> <prefix>/current. Services have to be started again by you.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$here prefix=/opt/ot-anomaly key=
while [ $# -gt 0 ]; do
  case $1 in
    --key) key=${2:?--key wants a public key}; shift 2 ;;
    --prefix) prefix=${2:?--prefix wants a folder}; shift 2 ;;
    -*) echo "unknown option $1" >&2; exit 2 ;;
    *) folder=$1; shift ;;
  esac
done
[ -n "$key" ] || { echo 'usage: install.sh --key <public key> [--prefix <folder>] [<bundle>]' >&2; exit 2; }

# Verified and used is one copy, which nobody else can change in between.
mkdir -p "$prefix/releases"
work=$(mktemp -d "$prefix/releases/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/bundle" "$work/release"
cp -R "$folder/." "$work/bundle/"
version=$(node "$here/verify.mjs" "$work/bundle" "$key")
digest=$(sha256sum "$work/bundle/manifest.dsse.json" | cut -c 1-12)
release=$version-$digest

if [ -d "$prefix/releases/$release" ]; then
  echo "$release is installed already"
else
  tar -xzf "$work/bundle/package.tar.gz" -C "$work/release" --no-same-owner
  tar -xzf "$work/bundle/dependencies.tar.gz" -C "$work/release" --no-same-owner
  cp "$work/bundle/attack-ics.json" "$work/bundle/sbom.cdx.json" "$work/bundle/install.sh" "$work/bundle/verify.mjs" "$work/release/"
  chmod 0755 "$work/release/dist/cli.js"
  node "$work/release/dist/cli.js" --version > /dev/null
  mv "$work/release" "$prefix/releases/$release"
fi
mkdir -p "$prefix/bin"
ln -sfn "../current/dist/cli.js" "$prefix/bin/ot-anomaly"
ln -sfn "releases/$release" "$work/current"
mv -T "$work/current" "$prefix/current"
echo "ot-anomaly $version is in use: $prefix/bin/ot-anomaly"
